import type { SyntheticShape } from './synthetic-data.ts';

/** Sommelier's own engines. */
export const OWN_ENGINES = ['tfjs', 'wasm', 'wasm-relaxed'] as const;
export const TORCH_ENGINES = ['torch-dense', 'torch-sparse'] as const;
/** The same kernel in C: 128-bit vectors without and with fused multiply-add, and AVX-512. */
export const NATIVE_ENGINES = ['c-128', 'c-128-fused', 'c-avx512'] as const;
export type OwnEngine = (typeof OWN_ENGINES)[number];
export type TorchEngine = (typeof TORCH_ENGINES)[number];
export type NativeEngine = (typeof NATIVE_ENGINES)[number];
export type Engine = OwnEngine | TorchEngine | NativeEngine;

const SEED = 42;

/** `small` is that of MovieLens-1M. Nothing is held out: only speed is measured on them. */
export const VOCABULARIES = {
  small: { users: 6_040, items: 3_706, pairs: 1_000_000, tests: 0, seed: SEED },
  medium: { users: 120_000, items: 90_000, pairs: 2_000_000, tests: 0, seed: SEED },
  large: { users: 1_000_000, items: 200_000, pairs: 2_000_000, tests: 0, seed: SEED },
} as const satisfies Record<string, SyntheticShape>;
export type Vocabulary = keyof typeof VOCABULARIES;

export const BATCH_SIZES = [256, 1024, 4096, 16_384] as const;

/** What the comparison of learning trains on. */
export const QUALITY_SHAPE: SyntheticShape = {
  users: 2_000,
  items: 1_500,
  pairs: 100_000,
  tests: 2_000,
  seed: SEED,
};
export const QUALITY_BATCH = 1024;

/** The network of all of them, and its training; no L2, which SparseAdam does not have. */
export const NETWORK = { factors: 8, layers: [64, 32, 16, 8] } as const;
export const TRAINING = { learningRate: 0.005, initSigma: 0.05, negatives: 4, seed: SEED } as const;

export interface Cell {
  readonly engine: Engine;
  readonly vocabulary: Vocabulary;
  readonly batch: number;
  readonly threads: number;
}

export function cellName({ engine, vocabulary, batch, threads }: Cell): string {
  return `${engine}/${vocabulary}/b${batch}/t${threads}`;
}

/** The cells of the engines that are there, in groups that are compared with each other and take turns. */
export function cellGroups(engines: readonly Engine[], options: { cells: RegExp; quick: boolean }): Cell[][] {
  const vocabularies = options.quick ? (['small'] as const) : (Object.keys(VOCABULARIES) as Vocabulary[]);
  const batches = options.quick ? ([256, 4096] as const) : BATCH_SIZES;
  return vocabularies
    .flatMap((vocabulary) =>
      batches.map((batch) =>
        engines
          .flatMap((engine) => threadsOf(engine).map((threads) => ({ engine, vocabulary, batch, threads })))
          .filter((cell) => options.cells.test(cellName(cell))),
      ),
    )
    .filter((group) => group.length > 0);
}

/** TensorFlow.js on WebAssembly and the kernel in C have one thread. */
export function threadsOf(engine: Engine): readonly number[] {
  return engine === 'tfjs' || NATIVE_ENGINES.some((native) => native === engine) ? [1] : [1, 2];
}

/**
 * Floating-point operations a sample of the network as it is written, forwards and twice as many backwards: two for
 * each weight, and three for each factor of the GMF product. Engines may do with fewer: the first layer of a row that
 * occurs often in a batch needs computing once.
 */
export function modelFlopsPerSample(): number {
  const { factors, layers } = NETWORK;
  let forward = 3 * factors;
  for (let layer = 0; layer + 1 < layers.length; layer++) forward += 2 * layers[layer]! * layers[layer + 1]!;
  forward += 2 * layers.at(-1)!;
  return 3 * forward;
}
