import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { SommelierError } from '@sommelier/contracts';
import { loadNativeTensorFlow } from './native-tensorflow.ts';
import { tensorflow as tf } from './tensorflow.ts';
import { probeWebGpuAdapter, registerWebGpu } from './webgpu-adapter.ts';

/**
 * Where TensorFlow.js computes: `tensorflow` = CUDA through @tensorflow/tfjs-node-gpu, `webgpu` = any vendor's GPU
 * through Dawn, `wasm` = one CPU thread with SIMD, `cpu` = plain JavaScript, a reference for tiny cases.
 */
export type TfjsBackend = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

export interface BackendChoice {
  readonly backend: TfjsBackend;
  /** A sentence for the log: why this one. */
  readonly reason: string;
}

/** Looks for the two kinds of GPU; replaced in tests. Each throws when its package cannot be loaded. */
export interface GpuProbes {
  tensorflow(): Promise<{ usesGpu: boolean }>;
  webgpu(): Promise<{ description: string; software: boolean } | undefined>;
}

const REAL_PROBES: GpuProbes = { tensorflow: loadNativeTensorFlow, webgpu: probeWebGpuAdapter };

/**
 * Picks the backend. `auto`: CUDA if TensorFlow's native library loads and sees a GPU, else a hardware WebGPU adapter
 * (one that runs on the CPU counts as none), else wasm. An explicit request is met or refused, never replaced.
 * @throws SommelierError `engine-unavailable` when an explicit request cannot be met, with what to install.
 */
export async function chooseBackend(
  requested: 'auto' | TfjsBackend,
  probes: GpuProbes = REAL_PROBES,
): Promise<BackendChoice> {
  switch (requested) {
    case 'auto':
      return await chooseAutomatically(probes);
    case 'tensorflow':
      return await requireTensorFlow(probes);
    case 'webgpu':
      return await requireWebGpu(probes);
    default:
      return { backend: requested, reason: `${requested} was asked for` };
  }
}

async function chooseAutomatically(probes: GpuProbes): Promise<BackendChoice> {
  const native = await tryTo(() => probes.tensorflow());
  if (native.value?.usesGpu === true) {
    return { backend: 'tensorflow', reason: 'TensorFlow loads with CUDA and sees a GPU' };
  }
  const noCuda = native.error === undefined ? 'TensorFlow sees no GPU' : 'TensorFlow with CUDA does not load';
  const adapter = await tryTo(() => probes.webgpu());
  if (adapter.value?.software === false) {
    return {
      backend: 'webgpu',
      reason: `${noCuda}; WebGPU has a hardware adapter: ${adapter.value.description}`,
    };
  }
  const noWebGpu =
    adapter.error !== undefined
      ? `WebGPU does not load (${firstLine(adapter.error)})`
      : adapter.value === undefined
        ? 'WebGPU finds no adapter or driver'
        : `the only WebGPU adapter is software (${adapter.value.description})`;
  return { backend: 'wasm', reason: `${noCuda}; ${noWebGpu}; wasm needs no GPU` };
}

async function requireTensorFlow(probes: GpuProbes): Promise<BackendChoice> {
  const { value, error } = await tryTo(() => probes.tensorflow());
  if (value === undefined) {
    throw new SommelierError(
      'engine-unavailable',
      `The tensorflow backend cannot be loaded: ${firstLine(error)}. Install it with ` +
        '`npm install --no-save @tensorflow/tfjs-node-gpu@4.22.0` and CUDA 11 with cuDNN 8, or set ENGINE=auto.',
      { cause: error },
    );
  }
  const where = value.usesGpu ? 'on a GPU' : 'on the CPU: it sees no GPU';
  return { backend: 'tensorflow', reason: `tensorflow was asked for, and runs ${where}` };
}

async function requireWebGpu(probes: GpuProbes): Promise<BackendChoice> {
  const { value, error } = await tryTo(() => probes.webgpu());
  if (value === undefined) {
    throw new SommelierError(
      'engine-unavailable',
      `The webgpu backend cannot be used: ${error === undefined ? 'no adapter, or no Vulkan driver, was found' : firstLine(error)}. ` +
        "Install the GPU's Vulkan driver and loader (Debian: libvulkan1), or set ENGINE=auto.",
      { cause: error },
    );
  }
  const kind = value.software ? 'a software adapter, slower than wasm' : 'a hardware adapter';
  return { backend: 'webgpu', reason: `webgpu was asked for; ${kind}: ${value.description}` };
}

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

async function tryTo<T>(
  attempt: () => Promise<T>,
): Promise<{ value: T | undefined; error: unknown | undefined }> {
  try {
    return { value: await attempt(), error: undefined };
  } catch (error) {
    return { value: undefined, error: error ?? new Error('unknown') };
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n', 1)[0] ?? '').slice(0, 300);
}
