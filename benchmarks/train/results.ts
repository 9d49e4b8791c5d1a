import { type Cell, cellName, type Engine, modelFlopsPerSample, type NativeEngine } from './cells.ts';
import type { QualityRun, SpeedRun } from './measurement.ts';
import type { Peaks } from './native-programs.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** The rounds of one cell, brought together. */
export interface CellResult extends Cell {
  readonly name: string;
  /** Samples a second: median, least and most of the rounds, each of which is the median of its blocks. */
  readonly samplesPerSecond: Spread;
  readonly rounds: readonly number[];
  /** The largest of the rounds. */
  readonly peakRssBytes: number;
  /** Of the network as written, of one core's measured peak with 128-bit vectors and with AVX-512, by threads. */
  readonly shareOfPeak: { readonly simd128?: number; readonly avx512?: number };
  readonly versions?: SpeedRun['versions'];
}

export function cellResult(cell: Cell, runs: readonly SpeedRun[], peaks: Peaks): CellResult {
  const rounds = runs.map((run) => run.samplesPerSecond);
  const samplesPerSecond = spreadOf(rounds);
  const flops = (samplesPerSecond.median * modelFlopsPerSample()) / cell.threads;
  const share = (engine: NativeEngine) => {
    const peak = peaks[engine];
    return peak === undefined ? undefined : flops / peak;
  };
  const simd128 = share('c-128');
  const avx512 = share('c-avx512');
  return {
    ...cell,
    name: cellName(cell),
    samplesPerSecond,
    rounds,
    peakRssBytes: Math.max(...runs.map((run) => run.peakRssBytes)),
    shareOfPeak: { ...(simd128 && { simd128 }), ...(avx512 && { avx512 }) },
    ...(runs[0]?.versions && { versions: runs[0].versions }),
  };
}

/** What an engine has learnt after equal epochs at the same batch size and learning rate, over seeds. */
export interface QualityResult {
  readonly engine: Engine;
  readonly threads: number;
  readonly seeds: readonly number[];
  readonly hr10: Spread;
  readonly ndcg10: Spread;
  /** Mean loss of the last epoch. */
  readonly lastLoss: Spread;
  readonly trainingSeconds: Spread;
  /** Mean loss of each epoch with the first seed: engines with the same random numbers agree. */
  readonly losses: readonly number[];
}

export function qualityResult(
  engine: Engine,
  threads: number,
  seeds: readonly number[],
  runs: readonly QualityRun[],
): QualityResult {
  return {
    engine,
    threads,
    seeds,
    hr10: spreadOf(runs.map((run) => run.hr10)),
    ndcg10: spreadOf(runs.map((run) => run.ndcg10)),
    lastLoss: spreadOf(runs.map((run) => run.losses.at(-1)!)),
    trainingSeconds: spreadOf(runs.map((run) => run.trainingSeconds)),
    losses: runs[0]!.losses,
  };
}
