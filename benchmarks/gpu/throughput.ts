import { createTfjsEngine, type TfjsBackend } from '@sommelier/ncf/tfjs';
import { type EngineSettings, EpochSamples, type TrainingPairs } from '@sommelier/ncf/training';

export interface Throughput {
  readonly batchSize: number;
  /** Median over the epochs; drawing the samples, every step and reading the parameters at the epoch's end included. */
  readonly samplesPerSecond: number;
  /** Seconds of the first epoch, which compiles shaders or loads kernels and is not counted. */
  readonly firstEpochSeconds: number;
  readonly epochs: number;
  /** Mean loss of the last epoch: finite, or the figures are of a broken training. */
  readonly loss: number;
}

/** Whole epochs of one engine until `seconds` have passed, after one that is not counted. */
export async function measureThroughput(
  pairs: TrainingPairs,
  settings: EngineSettings,
  backend: TfjsBackend,
  seconds: number,
): Promise<Throughput> {
  const engine = await createTfjsEngine(pairs, settings, { backend });
  try {
    let loss = 0;
    const epoch = async (index: number) => {
      const start = performance.now();
      const progress = await engine.trainEpoch(index);
      loss = progress.loss;
      return { samples: progress.totalSamples, seconds: (performance.now() - start) / 1000 };
    };
    const first = await epoch(0);
    const rates: number[] = [];
    for (let spent = 0; spent < seconds; ) {
      const done = await epoch(rates.length + 1);
      rates.push(done.samples / done.seconds);
      spent += done.seconds;
    }
    return {
      batchSize: settings.training.batchSize,
      samplesPerSecond: median(rates),
      firstEpochSeconds: first.seconds,
      epochs: rates.length,
      loss,
    };
  } finally {
    await engine.dispose();
  }
}

/** Samples a second that one thread draws: the engine needs as many threads as its speed divided by this. */
export function measureSampling(pairs: TrainingPairs, training: EngineSettings['training']): number {
  const samples = new EpochSamples(pairs, training);
  const { batchSize } = training;
  const draw = (epoch: number) => {
    const start = performance.now();
    for (let from = 0; from < samples.total; from += batchSize) {
      samples.batch(epoch, from, Math.min(samples.total, from + batchSize));
    }
    return samples.total / ((performance.now() - start) / 1000);
  };
  draw(0);
  return median([1, 2, 3].map(draw));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
