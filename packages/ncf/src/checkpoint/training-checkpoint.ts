import type { CheckpointHeader, FitPosition } from '@sommelier/contracts';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import type { EngineState } from '../engine/training-engine.ts';

/** Where a training stood after an epoch. */
export interface FitCheckpoint extends FitPosition {
  readonly state: EngineState;
  /** Of the best epoch of a search that has gone past it. */
  readonly bestParameters: NeuMFParameters | undefined;
}

/** What a run's trainings have come to: all that another attempt needs to come to the same end. */
export interface TrainingCheckpoint extends Pick<CheckpointHeader, 'evaluated' | 'judged'> {
  readonly fit: FitCheckpoint | null;
}

/** Where checkpoints go, and the one that there is already. */
export interface Checkpoints {
  /** The one of an earlier attempt, which is not kept here any longer: it is as large as the engine. */
  takeEarlier(): TrainingCheckpoint | undefined;
  /** Whether the numbers of an engine are worth keeping now; what has been found out always is. */
  isDue(): boolean;
  /** The arrays hold only until the promise settles. Never rejects: a training goes on without. */
  save(checkpoint: TrainingCheckpoint): Promise<void>;
  /** Where an earlier attempt's checkpoint was gone on from. */
  onResumed(position: FitPosition): void;
}
