import { ERRORS, type Problem, trainingJobSchema } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';

/**
 * Ends a run whose job was given up without an attempt: workers died on it more often than `maxStalledCount` allows.
 * A run that has ended is left alone.
 */
export async function closeAbandonedRun(parts: {
  database: Pick<Database, 'trainingRuns'>;
  data: unknown;
  reason: string;
  nowMs: number;
}): Promise<void> {
  const payload = trainingJobSchema.safeParse(parts.data);
  if (!payload.success) return;
  const { trainingRuns } = parts.database;
  const { runId } = payload.data;
  const attempt = await trainingRuns.begin(runId, parts.nowMs);
  if (attempt === undefined) return;
  const { status, title } = ERRORS.internal;
  const error: Problem = {
    type: 'urn:sommelier:error:internal',
    title,
    status,
    code: 'internal',
    detail: `The run was given up, because its workers ended again and again in the middle of it (${parts.reason}).`,
  };
  await trainingRuns.update(runId, attempt, { status: 'failed', error, finishedAtMs: parts.nowMs });
}
