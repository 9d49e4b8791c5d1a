import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { SommelierError } from '@sommelier/contracts';
import { loadNativeTensorFlow } from './native-tensorflow.ts';
import { tensorflow as tf } from './tensorflow.ts';
import { registerWebGpu } from './webgpu-registration.ts';

/**
 * Where TensorFlow.js computes: `tensorflow` = CUDA through @tensorflow/tfjs-node-gpu, `webgpu` = any vendor's GPU
 * through Dawn, `wasm` = one CPU thread with SIMD, `cpu` = plain JavaScript, a reference for tiny cases.
 */
export type TfjsBackend = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** Engines that are alive, all on the same backend. */
let users = 0;
let current: TfjsBackend | undefined;
let undoRegistration: (() => void) | undefined;

/**
 * Makes a backend the active one until every holder has released it.
 * @returns the release, to be called once.
 * @throws SommelierError `engine-unavailable` when it does not start here, or while another one is in use.
 */
export async function acquireBackend(backend: TfjsBackend): Promise<() => Promise<void>> {
  if (users > 0 && current !== backend) {
    throw new SommelierError(
      'engine-unavailable',
      `TensorFlow.js computes on ${current} in this process; dispose of that engine before one on ${backend} is made`,
    );
  }
  users++;
  try {
    if (users === 1) {
      current = backend;
      await start(backend);
    }
  } catch (error) {
    releaseBackend();
    if (error instanceof SommelierError) throw error;
    throw new SommelierError(
      'engine-unavailable',
      `The ${backend} backend of TensorFlow.js does not start: ${firstLine(error)}`,
      { cause: error },
    );
  }
  return async () => releaseBackend();
}

function releaseBackend(): void {
  users--;
  if (users > 0) return;
  current = undefined;
  undoRegistration?.();
  undoRegistration = undefined;
}

async function start(backend: TfjsBackend): Promise<void> {
  // Without its checks of every tensor and its advice, which here would go to the log of a worker.
  tf.enableProdMode();
  if (backend === 'tensorflow') await loadNativeTensorFlow();
  if (backend === 'webgpu') undoRegistration = await registerWebGpu();
  if (backend === 'wasm') await loadWasm();
  if (!(await tf.setBackend(backend))) throw new Error('it reports failure without a reason');
  await tf.ready();
}

/** The wasm files lie in the package; its own default looks for them beside the running script. */
async function loadWasm(): Promise<void> {
  const { default: wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(entry)}/`);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n', 1)[0] ?? '').slice(0, 300);
}
