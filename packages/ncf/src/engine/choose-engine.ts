import { availableParallelism } from 'node:os';
import { type EngineName, SommelierError } from '@sommelier/contracts';
import { type KernelBuild, supportsRelaxedSimd } from '@sommelier/kernel/train';
import type { TfjsBackend } from './tfjs/backend.ts';
import { loadNativeTensorFlow } from './tfjs/native-tensorflow.ts';
import { probeWebGpuAdapter } from './tfjs/webgpu-adapter.ts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from './training-engine.ts';
import { createWasmEngine } from './wasm/wasm-engine.ts';

/** More threads than this wait for each other rather than help. */
const MOST_THREADS = 8;

/** Where and how a model is trained. */
export interface EngineChoice {
  /** `wasm` = the fused kernel, `tfjs` = TensorFlow.js on a backend. */
  readonly engine: { readonly name: 'wasm' } | { readonly name: 'tfjs'; readonly backend: TfjsBackend };
  /** Of the kernel, which also computes the pre-training of every engine. */
  readonly threads: number;
  readonly build: KernelBuild;
  /** A sentence for the log: why this one. */
  readonly reason: string;
}

export interface EngineOptions {
  /** Threads of the kernel; as many as the machine has processors, and at most 8, unless told. */
  readonly threads?: number;
  /** Unless told, relaxed SIMD where the runtime has it. */
  readonly build?: KernelBuild;
}

/** Looks for the two kinds of GPU; replaced in tests. Each throws when its package cannot be loaded. */
export interface GpuProbes {
  tensorflow(): Promise<{ usesGpu: boolean }>;
  webgpu(): Promise<{ description: string; software: boolean } | undefined>;
}

const REAL_PROBES: GpuProbes = { tensorflow: loadNativeTensorFlow, webgpu: probeWebGpuAdapter };

/**
 * Picks the engine. `auto`: CUDA if TensorFlow's native library loads and sees a GPU, else a hardware WebGPU adapter
 * (one that runs on the CPU counts as none), else the fused kernel on the CPU. An explicit request is met or refused,
 * never replaced.
 * @throws SommelierError `engine-unavailable` when an explicit request cannot be met, with what to install.
 */
export async function chooseEngine(
  requested: EngineName,
  options: EngineOptions = {},
  probes: GpuProbes = REAL_PROBES,
): Promise<EngineChoice> {
  const threads = options.threads ?? Math.min(MOST_THREADS, availableParallelism());
  const build = options.build ?? (supportsRelaxedSimd() ? 'relaxed-simd' : 'simd');
  if (build === 'relaxed-simd' && !supportsRelaxedSimd()) {
    throw new SommelierError(
      'engine-unavailable',
      'The relaxed-simd build of the kernel was asked for, and this Node.js does not run it: Node.js 22 does.',
    );
  }
  return { ...(await pick(requested, probes)), threads, build };
}

async function pick(
  requested: EngineName,
  probes: GpuProbes,
): Promise<Pick<EngineChoice, 'engine' | 'reason'>> {
  const tfjs = ({ backend, reason }: { backend: TfjsBackend; reason: string }) =>
    ({ engine: { name: 'tfjs', backend }, reason }) as const;
  switch (requested) {
    case 'auto': {
      const { backend, reason } = await findGpu(probes);
      if (backend !== undefined) return tfjs({ backend, reason });
      return { engine: { name: 'wasm' }, reason: `${reason}; the wasm kernel needs no GPU` };
    }
    case 'tensorflow':
      return tfjs(await requireTensorFlow(probes));
    case 'webgpu':
      return tfjs(await requireWebGpu(probes));
    case 'wasm':
      return { engine: { name: 'wasm' }, reason: 'wasm was asked for' };
    case 'tfjs-wasm':
      return tfjs({ backend: 'wasm', reason: 'tfjs-wasm was asked for' });
    case 'tfjs-cpu':
      return tfjs({ backend: 'cpu', reason: 'tfjs-cpu was asked for' });
  }
}

/** What computes, for a reader: `wasm relaxed-simd, 2 threads` or `tfjs webgpu`. */
export function describeEngine({ engine, threads, build }: EngineChoice): string {
  if (engine.name === 'tfjs') return `tfjs ${engine.backend}`;
  return `wasm ${build}, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
}

/** Makes the chosen engine. TensorFlow.js is loaded only where it is the one. */
export async function createEngine(
  { engine, threads, build }: EngineChoice,
  pairs: TrainingPairs,
  settings: EngineSettings,
): Promise<TrainingEngine> {
  if (engine.name === 'wasm') return await createWasmEngine(pairs, settings, { threads, build });
  const { createTfjsEngine } = await import('./tfjs/tfjs-engine.ts');
  return await createTfjsEngine(pairs, settings, { backend: engine.backend });
}

async function findGpu(
  probes: GpuProbes,
): Promise<{ backend: 'tensorflow' | 'webgpu' | undefined; reason: string }> {
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
  return { backend: undefined, reason: `${noCuda}; ${noWebGpu}` };
}

async function requireTensorFlow(
  probes: GpuProbes,
): Promise<{ backend: 'tensorflow' | 'webgpu'; reason: string }> {
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

async function requireWebGpu(
  probes: GpuProbes,
): Promise<{ backend: 'tensorflow' | 'webgpu'; reason: string }> {
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
