import { AlsKernel } from '@sommelier/kernel/als';
import type { KernelBuild } from '@sommelier/kernel/train';
import { normal } from '../../random/counter-random.ts';
import { ENGINE_STREAM } from '../random-streams.ts';
import type { TrainingPairs } from '../training-engine.ts';
import { withKernelMemory } from './kernel-memory.ts';

export interface AlsSettings {
  readonly factors: number;
  readonly iterations: number;
  /** Weight of an absent pair. */
  readonly unobservedWeight: number;
  readonly regularisation: number;
  /** `strength`: an observed pair weighs its strength; `none`: 1. */
  readonly strengthWeight: 'strength' | 'none';
  readonly seed: number;
  readonly threads: number;
  readonly build: KernelBuild;
}

/** `[users, factors]` and `[items, factors]`, whose products are near 1 for observed pairs and near 0 for others. */
export interface AlsFactors {
  readonly users: Float32Array;
  readonly items: Float32Array;
}

/** Steps of conjugate gradients for each row and half-iteration: more cost time and find no better factors. */
const CG_STEPS = 3;
/** Standard deviation of a product of two rows at the start. */
const START_SIGMA = 0.1;

/**
 * Factorises the pairs by implicit alternating least squares (Hu, Koren and Volinsky 2008, with the scaling of the
 * penalty of Rendle et al., "Revisiting the Performance of iALS on Item Recommendation Benchmarks", 2022), each row by
 * a few steps of conjugate gradients. Deterministic by seed, whatever the number of threads.
 *
 * `onIteration` is called after each iteration, with the number of them that are done.
 * @throws SommelierError `invalid-config` when the factors do not fit into 4 GiB or the machine's memory.
 */
export async function alsFactors(
  pairs: TrainingPairs,
  settings: AlsSettings,
  onIteration?: (done: number) => void,
): Promise<AlsFactors> {
  const { factors, seed, threads, build, regularisation, unobservedWeight } = settings;
  const { userCount, itemCount, offsets, items } = pairs;
  const weights =
    settings.strengthWeight === 'strength' ? pairs.strengths : new Float32Array(items.length).fill(1);
  const kernel = await withKernelMemory('pre-training', () =>
    AlsKernel.create(
      { userCount, itemCount, offsets, items, weights },
      { factors, unobservedWeight, regularisation, cgSteps: CG_STEPS, threads, build },
      startItems(itemCount, factors, seed),
    ),
  );
  try {
    for (let done = 1; done <= settings.iterations; done++) {
      kernel.iterate();
      onIteration?.(done);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return kernel.factors();
  } finally {
    await kernel.dispose();
  }
}

function startItems(itemCount: number, factors: number, seed: number): Float32Array {
  const values = new Float32Array(itemCount * factors);
  const sigma = START_SIGMA / Math.sqrt(factors);
  for (let item = 0; item < itemCount; item++) {
    for (let factor = 0; factor < factors; factor++) {
      values[item * factors + factor] = sigma * normal(seed, ENGINE_STREAM.alsItems, item, factor);
    }
  }
  return values;
}
