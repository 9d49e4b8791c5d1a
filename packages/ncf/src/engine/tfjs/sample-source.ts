import type { Batch } from '../batch.ts';
import { EpochSamples } from '../epoch-samples.ts';
import type { EngineSettings, TrainingPairs } from '../training-engine.ts';

/** Where an engine takes its batches from: the samples of `EpochSamples`, cut by the batch size. */
export interface SampleSource {
  /** Samples in an epoch. */
  readonly total: number;
  /**
   * The batch of that index; its arrays are valid until the next call.
   * @throws SommelierError `internal` when a thread that draws has failed.
   */
  batch(epoch: number, index: number): Promise<Batch>;
  dispose(): Promise<void>;
}

/** First sample of a batch, and the one after its last. */
export function batchRange(index: number, batchSize: number, total: number): { from: number; to: number } {
  const from = index * batchSize;
  return { from, to: Math.min(total, from + batchSize) };
}

/** Draws each batch on this thread when it is asked for. */
export class LocalSamples implements SampleSource {
  readonly #samples: EpochSamples;
  readonly #batchSize: number;

  constructor(pairs: TrainingPairs, training: EngineSettings['training']) {
    this.#samples = new EpochSamples(pairs, training);
    this.#batchSize = training.batchSize;
  }

  get total(): number {
    return this.#samples.total;
  }

  async batch(epoch: number, index: number): Promise<Batch> {
    const { from, to } = batchRange(index, this.#batchSize, this.total);
    return this.#samples.batch(epoch, from, to);
  }

  async dispose(): Promise<void> {
    // Everything is on the heap.
  }
}
