import type { Batch } from '../batch.ts';
import type { NeuMFParameters } from '../neumf-parameters.ts';
import type { EngineState } from '../training-engine.ts';

/** Parameters and optimiser state of the network, wherever they lie. */
export interface Network {
  /** After so many samples, or at the next batch's end, a report of the loss costs little beside the work itself. */
  readonly samplesBetweenReports: number;
  /** Sets Adam's step size, and forgets the loss that was not taken. */
  startEpoch(learningRate: number): void;
  /** One optimiser step. It may resolve before the device has done it; the batch's arrays are free again then. */
  step(batch: Batch): Promise<void>;
  /**
   * The loss of the samples since the last call, summed. Steps may follow before it resolves: it waits only for those
   * that came before.
   */
  takeLoss(): Promise<number>;
  /** The parameters as they are now. The caller does not write to them. */
  parameters(): Promise<NeuMFParameters>;
  /** Parameters, moments and the number of steps. */
  state(): Promise<EngineState>;
  /** Goes on from there; false when it is of another network, and then nothing has changed. */
  restore(state: EngineState): boolean;
  dispose(): void;
}
