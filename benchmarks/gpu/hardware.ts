import { ExpectedError } from '../report/expected-error.ts';
import type { GpuOptions } from './options.ts';

/** What is used of the choice of an engine. */
export interface Choice {
  readonly backend: string;
  readonly reason: string;
}

export interface GpuChoice {
  readonly backend: 'tensorflow' | 'webgpu';
  readonly reason: string;
}

/** There is nothing to measure here: the message says why. */
export class NoGpuError extends ExpectedError {
  override readonly name = 'NoGpuError';
}

/** How the reasons of an explicit request name a GPU. */
const ON_HARDWARE = /runs on a GPU|a hardware adapter|sees a GPU/;

/**
 * The GPU backend to measure.
 * @throws NoGpuError when this machine has none, unless `software` allows an adapter that computes on the CPU.
 */
export async function chooseGpu(
  { engine, software }: Pick<GpuOptions, 'engine' | 'software'>,
  choose: (requested: 'auto' | 'tensorflow' | 'webgpu') => Promise<Choice>,
): Promise<GpuChoice> {
  const requested = software && engine === 'auto' ? 'webgpu' : engine;
  const { backend, reason } = await choose(requested);
  if (backend === 'tensorflow' || backend === 'webgpu') {
    if (software || requested === 'auto' || ON_HARDWARE.test(reason)) return { backend, reason };
  }
  throw new NoGpuError(
    `No hardware GPU was found: ${reason}.\nThis benchmark measures a GPU. Run it on a machine with one: for CUDA add ` +
      "@tensorflow/tfjs-node-gpu (docs/gpu.md), for WebGPU install the vendor's Vulkan driver and loader. " +
      '--software goes on without one, to see that the command works.',
  );
}
