import { trainingJobSchema } from '@sommelier/contracts';
import type { Database, TrainingQueue } from '@sommelier/platform';

/** Removes the job of a cancelled run once it has ended; while a worker holds a job nobody can remove it. */
export async function forgetCancelledJob(
  parts: { database: Pick<Database, 'trainingRuns'>; queue: Pick<TrainingQueue, 'forget'> },
  data: unknown,
): Promise<void> {
  const payload = trainingJobSchema.safeParse(data);
  if (!payload.success) return;
  const run = await parts.database.trainingRuns.get(payload.data.runId);
  if (run?.status === 'cancelled') await parts.queue.forget(run.id);
}
