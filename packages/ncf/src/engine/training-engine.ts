import type { ModelConfig, TrainingConfig } from '@sommelier/contracts';
import type { NeuMFParameters } from './neumf-parameters.ts';

/** The positives that an engine learns from: compressed rows, see `Interactions`. */
export interface TrainingPairs {
  readonly userCount: number;
  readonly itemCount: number;
  /** `[users + 1]` */
  readonly offsets: Uint32Array;
  /** `[pairs]`, item index. */
  readonly items: Uint32Array;
  /** `[pairs]` */
  readonly strengths: Float32Array;
}

export interface EpochProgress {
  /** Samples (positives and negatives) done in this epoch. */
  readonly samples: number;
  readonly totalSamples: number;
  /** Mean loss a sample of this epoch so far. */
  readonly loss: number;
}

/** Where an engine's training stands, by names of the engine's own: parameters, optimiser, steps made. */
export type EngineState = ReadonlyMap<string, Float32Array | Float64Array>;

/** One way of computing NeuMF's training; all engines share parameters, sampling and optimiser. */
export interface TrainingEngine {
  /** `tfjs` or `wasm`. */
  readonly name: string;
  /** Where it computes, e.g. `tensorflow`, `webgpu`, `wasm`. */
  readonly backend: string;
  readonly threads: number;
  /**
   * One pass over all positives, each with freshly drawn negatives, in an order that depends on (seed, epoch) alone.
   * `epoch` counts from 0. The callback comes once a batch or less often.
   * @throws SommelierError `training-diverged` when the loss is not finite.
   */
  trainEpoch(epoch: number, onProgress?: (progress: EpochProgress) => void): Promise<EpochProgress>;
  /** Logits of all items for the users: `[users.length, items]`, row by row. */
  scoreUsers(users: Uint32Array): Promise<Float32Array>;
  /** A copy of the parameters as they are now. */
  parameters(): Promise<NeuMFParameters>;
  /**
   * Replaces the parameters, which must have the engine's shape; the optimiser's state begins anew. The caller keeps
   * the arrays: the engine copies what it needs.
   */
  load(parameters: NeuMFParameters): Promise<void>;
  /**
   * What decides the epochs to come, besides the pairs and the settings. Its arrays may be views of the engine's memory:
   * they hold until the engine is asked for anything else.
   */
  state(): Promise<EngineState>;
  /**
   * Goes on from the state of an engine of the same kind, pairs and settings. Where the engine is deterministic, what
   * follows is the same to the bit as if it had never stopped.
   * @returns false when the state is not of such an engine; nothing has changed then.
   */
  restore(state: EngineState): Promise<boolean>;
  /** Frees what the engine holds; it cannot be used afterwards. */
  dispose(): Promise<void>;
}

export interface EngineSettings {
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
}
