import { isDeepStrictEqual } from 'node:util';
import { hasEnded, type RunEvent, type TrainingRun } from '@sommelier/contracts';

/** What has happened to a run between two looks at its row, in order; before the first look nothing was known. */
export function eventsBetween(before: TrainingRun | undefined, now: TrainingRun): RunEvent[] {
  const events: RunEvent[] = [];
  if (before?.status !== now.status || before.attempts !== now.attempts) {
    events.push({ type: 'status', status: now.status, attempt: now.attempts });
  }
  if (now.stage !== null && before?.stage !== now.stage) events.push({ type: 'stage', stage: now.stage });
  const epoch = endedEpoch(before, now);
  if (epoch !== undefined) events.push(epoch);
  if (now.progress !== null && !isDeepStrictEqual(before?.progress, now.progress)) {
    events.push({ type: 'progress', progress: now.progress });
  }
  if (now.metrics !== null && before?.metrics == null) {
    events.push({ type: 'metrics', metrics: now.metrics });
  }
  if (hasEnded(now.status)) events.push({ type: 'end', run: now });
  return events;
}

/** The epoch that was in work at the look before, if another one, or something else, is now. */
function endedEpoch(before: TrainingRun | undefined, now: TrainingRun): RunEvent | undefined {
  const last = before?.progress;
  if (last?.epoch === undefined || before?.attempts !== now.attempts) return undefined;
  if (last.epoch === now.progress?.epoch && last.phase === now.progress.phase) return undefined;
  const { phase, epoch, epochs, loss } = last;
  return { type: 'epoch', phase, epoch, epochs, loss };
}
