import {
  ERRORS,
  isSommelierError,
  type Problem,
  type RunConfig,
  SommelierError,
  type TrainingRun,
} from '@sommelier/contracts';
import type { Database } from '../database/database.ts';
import type { TrainingQueue } from './training-queue.ts';

/**
 * Starts a training run, or joins an equal one that is still queued: the row first, then the job that carries its id.
 * A run that cannot be enqueued is marked as failed before the error is thrown, so that no row waits for a job that
 * does not exist.
 * @throws SommelierError `queue-unavailable`, `database-unavailable`
 */
export async function submitTrainingRun(submission: {
  database: Pick<Database, 'trainingRuns'>;
  queue: Pick<TrainingQueue, 'enqueue' | 'setPriority'>;
  request: RunConfig;
  nowMs: number;
  priority?: number | undefined;
  /** The version that is to be trained again: then nothing is published. */
  verifies?: string | undefined;
  /** Trace context of whoever asks; the row keeps it, and the job carries nothing but the run's id. */
  traceparent?: string | undefined;
}): Promise<{ run: TrainingRun; created: boolean }> {
  const { database, queue, request, nowMs, priority, verifies, traceparent } = submission;
  const how = { priority, verifies, traceparent };
  const { run, created } = await database.trainingRuns.createOrJoin(request, nowMs, how);
  try {
    // Also for a run that was joined: harmless when its job is there, and brings back one that Redis has lost.
    await queue.enqueue(run.id, run.priority);
    if (!created) await queue.setPriority(run.id, run.priority);
  } catch (error) {
    // A run that another caller created may have its job all the same: it is not this one's to end.
    if (created) await database.trainingRuns.failQueued(run.id, enqueueProblem(error), nowMs);
    throw error;
  }
  return { run, created };
}

function enqueueProblem(error: unknown): Problem {
  const known = isSommelierError(error) ? error : new SommelierError('internal', String(error));
  const { status, title } = ERRORS[known.code];
  return {
    type: `urn:sommelier:error:${known.code}`,
    title,
    status,
    code: known.code,
    detail: `The run could not be put into the queue. ${known.message}`,
  };
}
