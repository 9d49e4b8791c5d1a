import { SommelierError, type TrainingRun } from '@sommelier/contracts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../logger.ts';
import type { TrainingQueue } from './training-queue.ts';

/**
 * Cancels a run, from any process: the row first, by a compare-and-set that a run whose model was activated does not
 * pass. Its job goes at once if no worker holds it; a worker that does is told, and asks the row by itself anyway.
 * Cancelling again changes nothing.
 * @throws SommelierError `run-not-found`; `run-ended` when it came to another end; `database-unavailable`
 */
export async function cancelTrainingRun(cancellation: {
  database: Pick<Database, 'trainingRuns'>;
  queue: Pick<TrainingQueue, 'forget' | 'announceCancelled'>;
  logger: Logger;
  runId: string;
  nowMs: number;
}): Promise<TrainingRun> {
  const { database, queue, logger, runId, nowMs } = cancellation;
  const outcome = await database.trainingRuns.cancel(runId, nowMs);
  const run = outcome && (await database.trainingRuns.get(runId));
  if (run === undefined) throw new SommelierError('run-not-found', `There is no training run ${runId}.`);
  if (outcome === 'ended') {
    const how = run.modelVersion === null ? run.status : `${run.status}, its model is ${run.modelVersion}`;
    throw new SommelierError('run-ended', `Run ${runId} cannot be cancelled any more: ${how}.`);
  }
  await Promise.all([queue.announceCancelled(runId), queue.forget(runId)]).catch((error) =>
    logger.warn(
      { err: error, runId },
      'the queue could not be told of a cancelled run; its worker finds out',
    ),
  );
  return run;
}
