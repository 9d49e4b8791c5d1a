import type { Database, Logger, TrainingQueue } from '@sommelier/platform';

const MAX_RUNS = 100;

/**
 * Puts runs that wait or run back into the queue: the row is the truth, and a Redis that lost its data has lost their
 * jobs. A run whose job is still there is not touched, because the job's id is the run's.
 */
export async function reconcileRuns(parts: {
  database: Pick<Database, 'trainingRuns'>;
  queue: Pick<TrainingQueue, 'enqueue'>;
  logger: Logger;
}): Promise<void> {
  const { database, queue, logger } = parts;
  const open = await Promise.all([
    database.trainingRuns.list({ status: 'running', limit: MAX_RUNS }),
    database.trainingRuns.list({ status: 'queued', limit: MAX_RUNS }),
  ]);
  for (const run of open.flat()) {
    await queue.enqueue(run.id);
    logger.debug({ runId: run.id }, 'made sure that the run is in the queue');
  }
}
