import type { Attempt, AttemptParts } from '../runs/attempt-run.ts';
import { epochLine, funnelLines } from '../runs/run-log-lines.ts';
import type { ProgressTracker } from '../runs/run-progress.ts';
import type { RunReporter } from '../runs/run-reporter.ts';
import type { ThreadReport } from './thread-handle.ts';
import type { TrainedModel, TrainingOrder } from './thread-messages.ts';

/** What differs from training to training. */
export type ThreadOrder = Pick<TrainingOrder, 'prepared' | 'incumbent' | 'warmStart'> &
  Partial<Pick<TrainingOrder, 'engine' | 'engineThreads' | 'engineBuild' | 'isRepetition'>>;

/**
 * Trains in the thread, and passes on what it reports: lines to the log, progress and what was prepared to the row.
 * Rejects also when the row cannot be written.
 */
export function trainInThread(
  parts: AttemptParts,
  work: {
    attempt: Attempt;
    order: ThreadOrder;
    tracker: ProgressTracker;
    reporter: RunReporter;
    signal: AbortSignal;
  },
): Promise<TrainedModel> {
  const { attempt, order, signal } = work;
  const { run, scope } = attempt;
  const failure = new AbortController();
  return parts.train({
    order: {
      runId: run.id,
      attempt: attempt.attempt,
      scope,
      request: run.request,
      codeRevision: parts.codeRevision,
      engineBuild: undefined,
      isRepetition: false,
      ...parts.surroundings,
      ...order,
    },
    onReport: (report) => passOn(report, { ...work, nowMs: parts.nowMs(), failure }),
    signal: AbortSignal.any([signal, failure.signal]),
    heapMb: parts.heapMb,
  });
}

function passOn(
  report: ThreadReport,
  to: {
    attempt: Attempt;
    tracker: ProgressTracker;
    reporter: RunReporter;
    nowMs: number;
    failure: AbortController;
  },
): void {
  const { attempt, tracker, reporter, nowMs, failure } = to;
  switch (report.type) {
    case 'step':
      reporter.log(report.message);
      reporter.progress(tracker.enter(report.step, report.message, nowMs));
      return;
    case 'reading':
      reporter.progress(tracker.reading(report.events, report.totalEvents));
      return;
    case 'log':
      reporter.log(report.line);
      return;
    case 'prepared': {
      const { snapshotSha256, funnel } = report.prepared;
      attempt.snapshotSha256 = snapshotSha256;
      for (const line of funnelLines(funnel)) reporter.log(line);
      // Training need not wait for the row; if it cannot be written, training on is pointless.
      reporter.patch({ funnel, snapshotSha256 }).catch((error) => failure.abort(error));
      return;
    }
    case 'refused':
      for (const line of funnelLines(report.funnel)) reporter.log(line);
      reporter.patch({ funnel: report.funnel }).catch((error) => failure.abort(error));
      return;
    case 'training':
      reporter.progress(tracker.training(report.position, nowMs));
      return;
    case 'epoch':
      reporter.log(epochLine(report.position, tracker.progress));
  }
}
