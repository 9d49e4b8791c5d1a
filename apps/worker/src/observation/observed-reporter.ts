import { type ErrorCode, type Problem, type RunStatus, SommelierError } from '@sommelier/contracts';
import type { RunReporter } from '../runs/run-reporter.ts';
import type { AttemptObserver, AttemptOutcome } from './run-observer.ts';

const LAST_WORDS: Partial<Record<RunStatus, AttemptOutcome>> = {
  succeeded: 'succeeded',
  rejected: 'rejected',
  failed: 'failed',
};

/** A reporter that lets an observer hear what it writes, once it is written: the progress, the verdict, the last word. */
export function observedReporter(
  reporter: RunReporter,
  observer: AttemptObserver,
  nowMs: () => number,
): RunReporter {
  return {
    ...reporter,
    progress(progress) {
      observer.progress(progress);
      reporter.progress(progress);
    },
    async patch(patch) {
      await reporter.patch(patch);
      const outcome = patch.status && LAST_WORDS[patch.status];
      if (outcome === undefined) return;
      const verdict = patch.metrics?.gate;
      if (verdict != null) observer.judged(verdict);
      observer.ended(outcome, nowMs(), patch.error ? errorOf(patch.error) : undefined);
    },
  };
}

function errorOf({ code, detail }: Problem): SommelierError {
  // A worker writes no other codes; a document's are text, since those of a later version are read as well.
  return new SommelierError(code as ErrorCode, detail);
}
