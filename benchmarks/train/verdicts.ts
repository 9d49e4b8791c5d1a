import { BATCH_SIZES, type Engine, TORCH_ENGINES, type Vocabulary } from './cells.ts';
import type { CellResult, QualityResult } from './results.ts';

/** One thing that the benchmark was made to find out. */
export interface Verdict {
  readonly what: string;
  readonly figure: number;
  readonly target: number;
  readonly met: boolean;
}

/** What of the cells one question looks at. */
interface Selection {
  readonly engines: readonly Engine[];
  readonly vocabulary: Vocabulary;
  readonly batch?: number;
  readonly threads?: number;
}

const WASM_BUILDS = ['wasm', 'wasm-relaxed'] as const;
/** The C kernel with the same vectors and the same arithmetic as each build. */
const SAME_VECTORS = { wasm: 'c-128', 'wasm-relaxed': 'c-128-fused' } as const;

/** HR@10 may be this much below the peer's: about the sampling error of the comparison. */
const HIT_RATE_TOLERANCE = 0.01;

/** The figures with their targets, as far as the cells that they need were measured. */
export function verdictsOf(cells: readonly CellResult[], quality: readonly QualityResult[]): Verdict[] {
  return [
    ...WASM_BUILDS.flatMap((build) => [
      ...againstTorch(cells, build),
      ...secondThread(cells, build),
      ...againstNative(cells, build),
    ]),
    ...yardstick(cells),
    ...learning(quality),
  ];
}

/** The fastest of the selected cells, by the median. */
function best(
  cells: readonly CellResult[],
  { engines, vocabulary, batch, threads }: Selection,
): number | undefined {
  const rates = cells
    .filter((cell) => engines.includes(cell.engine) && cell.vocabulary === vocabulary)
    .filter((cell) => (batch ?? cell.batch) === cell.batch && (threads ?? cell.threads) === cell.threads)
    .map((cell) => cell.samplesPerSecond.median);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

function ratio(what: string, ours?: number, theirs?: number, target = 1): Verdict[] {
  if (ours === undefined || theirs === undefined) return [];
  const figure = ours / theirs;
  return [{ what, figure, target, met: figure >= target }];
}

/** PyTorch has its best optimiser and its best number of threads; we have one thread. */
function againstTorch(cells: readonly CellResult[], build: Engine): Verdict[] {
  const compare = (what: string, vocabulary: Vocabulary, target: number, batch?: number) => {
    const ours = best(cells, { engines: [build], vocabulary, threads: 1, ...(batch && { batch }) });
    const theirs = best(cells, { engines: TORCH_ENGINES, vocabulary, ...(batch && { batch }) });
    return ratio(`${build}, 1 thread, over PyTorch's best, ${what}`, ours, theirs, target);
  };
  return [
    ...compare('small vocabulary, batch 256', 'small', 10, 256),
    ...compare('small vocabulary, batch 1024', 'small', 4, 1024),
    ...compare('small vocabulary, best batch of each', 'small', 2),
    ...compare('medium vocabulary, best batch of each', 'medium', 2.5),
  ];
}

function secondThread(cells: readonly CellResult[], build: Engine): Verdict[] {
  const targets: readonly [number, number][] = [
    [1024, 1.4],
    [4096, 1.8],
    [16_384, 1.8],
  ];
  return (['small', 'medium'] as const).flatMap((vocabulary) =>
    targets.flatMap(([batch, target]) => {
      const rate = (threads: number) => best(cells, { engines: [build], vocabulary, batch, threads });
      return ratio(
        `${build}, 2 threads over 1, ${vocabulary} vocabulary, batch ${batch}`,
        rate(2),
        rate(1),
        target,
      );
    }),
  );
}

function againstNative(cells: readonly CellResult[], build: keyof typeof SAME_VECTORS): Verdict[] {
  return (['small', 'medium'] as const).flatMap((vocabulary) =>
    BATCH_SIZES.flatMap((batch) => {
      const rate = (engine: Engine) => best(cells, { engines: [engine], vocabulary, batch, threads: 1 });
      const where = `${vocabulary} vocabulary, batch ${batch}`;
      const same = SAME_VECTORS[build];
      return [
        ...ratio(`${build} over ${same}, ${where}`, rate(build), rate(same), 0.8),
        ...ratio(`${build} over c-avx512, ${where}`, rate(build), rate('c-avx512'), 0.6),
      ];
    }),
  );
}

/** A slow yardstick would flatter: this is what a fair one does on the machines that it was written on. */
function yardstick(cells: readonly CellResult[]): Verdict[] {
  const rate = best(cells, { engines: ['c-avx512'], vocabulary: 'small' });
  return ratio('c-avx512, million samples/s, small vocabulary, best batch', rate, 1e6, 2);
}

/** After equal epochs: no worse than TensorFlow.js on the same samples, nor than PyTorch. */
function learning(quality: readonly QualityResult[]): Verdict[] {
  const hitRate = (engine: Engine) =>
    quality.find((result) => result.engine === engine && result.threads === 1)?.hr10.median;
  return WASM_BUILDS.flatMap((build) =>
    (['tfjs', ...TORCH_ENGINES] as const).flatMap((other) => {
      const ours = hitRate(build);
      const theirs = hitRate(other);
      if (ours === undefined || theirs === undefined) return [];
      const figure = ours - theirs;
      const what = `${build} minus ${other}, HR@10 after equal epochs`;
      return [{ what, figure, target: -HIT_RATE_TOLERANCE, met: figure >= -HIT_RATE_TOLERANCE }];
    }),
  );
}
