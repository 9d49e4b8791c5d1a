import type { TrainingRunStore } from '@sommelier/platform';
import { UnrecoverableError } from 'bullmq';
import type { AttemptOutcome } from './run-observer.ts';

/**
 * How an attempt ended that threw and did not write its run's last word. Who takes a run away does not say why: its row
 * does.
 */
export async function outcomeOf(ended: {
  readonly error: unknown;
  readonly runId: string;
  readonly trainingRuns: Pick<TrainingRunStore, 'get'>;
  /** Aborted by the queue's worker, with `shutdown` as the reason when this process is asked to stop. */
  readonly signal: AbortSignal;
  readonly shutdown: string;
}): Promise<AttemptOutcome> {
  const { error, runId, trainingRuns, signal, shutdown } = ended;
  if (signal.aborted) return signal.reason === shutdown ? 'given-back' : 'superseded';
  if (!(error instanceof UnrecoverableError)) return 'retried';
  const run = await trainingRuns.get(runId).catch(() => undefined);
  return run?.status === 'cancelled' ? 'cancelled' : 'superseded';
}
