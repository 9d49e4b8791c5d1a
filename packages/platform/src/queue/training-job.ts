import { type RunProgress, SommelierError } from '@sommelier/contracts';

const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** How often a run is tried; only errors that are marked as retryable lead to another attempt. */
export const TRAINING_ATTEMPTS = 3;

/** Wait before the second attempt; it doubles with each further one. */
export const TRAINING_BACKOFF_MS = 3_000;

/** Log lines that are kept for a job. */
export const MAX_JOB_LOG_LINES = 2_000;

/**
 * Id of the job that carries a run: the same for every attempt to enqueue it, so that a second one changes nothing.
 * BullMQ allows neither a colon nor a bare integer.
 * @throws SommelierError `internal` for what cannot be a run's id.
 */
export function trainingJobId(runId: string): string {
  if (!RUN_ID.test(runId)) throw new SommelierError('internal', `${JSON.stringify(runId)} is not a run's id`);
  return `run-${runId}`;
}

/** Progress as a job carries it: the run's, and `progress` in percent, from which Bull Board draws its ring. */
export type TrainingJobProgress = RunProgress & { readonly progress: number };

export function jobProgress(progress: RunProgress): TrainingJobProgress {
  return { ...progress, progress: Math.floor(progress.fraction * 100) };
}
