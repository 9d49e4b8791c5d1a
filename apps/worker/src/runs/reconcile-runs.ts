import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ArtifactStore,
  Database,
  ErasureQueue,
  Logger,
  ScheduleQueue,
  TrainingQueue,
} from '@sommelier/platform';
import { discardOldCheckpoints } from '../checkpoints/discard-checkpoints.ts';
import { reconcileSchedules } from '../schedules/reconcile-schedules.ts';
import { discardCancelledRun } from './discard-run.ts';

const MAX_RUNS = 1_000;
const MAX_CANCELLED = 20;
const EVERY_MS = 10_000;

export interface ReconcileParts {
  readonly database: Pick<Database, 'trainingRuns' | 'models' | 'queueState' | 'schedules' | 'erasures'>;
  readonly queue: Pick<TrainingQueue, 'restore' | 'limitToOneAtATime' | 'setPaused' | 'state' | 'forget'>;
  readonly scheduleQueue: Pick<ScheduleQueue, 'scheduled' | 'upsert' | 'remove'>;
  readonly erasureQueue: Pick<ErasureQueue, 'wake'>;
  readonly artifacts: ArtifactStore;
  readonly artifactDir: string;
  readonly logger: Logger;
}

/**
 * Brings the queue in line with the rows, which are the truth: a Redis that came back empty has lost the jobs, the
 * limit of one training at a time, the pause and the schedules. Each part by itself: one that fails is tried again
 * with the next round.
 */
export async function reconcile(parts: ReconcileParts): Promise<void> {
  const steps: Record<string, (parts: ReconcileParts) => Promise<void>> = {
    limit: ({ queue }) => queue.limitToOneAtATime(),
    pause: reconcilePause,
    runs: reconcileRuns,
    schedules: reconcileSchedules,
    cancelled: discardCancelled,
    checkpoints: discardOldCheckpoints,
    erasures: reconcileErasures,
  };
  for (const [step, run] of Object.entries(steps)) {
    await run(parts).catch((error) =>
      parts.logger.debug({ err: error, step }, 'rows and queue could not be compared'),
    );
  }
}

/** Reconciles at once, and then again and again until the signal. */
export async function keepReconciled(parts: ReconcileParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await reconcile(parts);
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function reconcilePause({ database, queue }: ReconcileParts): Promise<void> {
  const paused = await database.queueState.isPaused();
  if ((await queue.state()).paused !== paused) await queue.setPaused(paused);
}

/** The oldest first. A run whose job is there is not touched, because the job's id is the run's. */
export async function reconcileRuns(parts: {
  database: Pick<Database, 'trainingRuns'>;
  queue: Pick<TrainingQueue, 'restore'>;
  logger: Logger;
}): Promise<void> {
  const { database, queue, logger } = parts;
  for (const status of ['running', 'queued'] as const) {
    const runs = await database.trainingRuns.list({ status, limit: MAX_RUNS });
    for (const run of runs.reverse()) {
      await queue.restore(run.id, run.priority);
      logger.debug({ runId: run.id }, 'made sure that the run is in the queue');
    }
  }
}

/** An erasure that could not be put into the queue, or whose job ended before it. */
async function reconcileErasures({ database, erasureQueue }: ReconcileParts): Promise<void> {
  if ((await database.erasures.unfinished()).length > 0) await erasureQueue.wake();
}

/** What is left of runs that were cancelled while nobody had them, or whose worker died on the way. */
async function discardCancelled({ database, queue, artifacts }: ReconcileParts): Promise<void> {
  const parts = { database, artifacts };
  for (const { id } of await database.trainingRuns.list({ status: 'cancelled', limit: MAX_CANCELLED })) {
    // A job that a worker has still is that worker's to tidy up after.
    if (await queue.forget(id)) await discardCancelledRun(parts, id);
  }
}
