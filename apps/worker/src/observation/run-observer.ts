import type { GateVerdict, RunProgress, TrainingRun } from '@sommelier/contracts';
import type { RunStep } from '../thread/thread-messages.ts';

/**
 * How an attempt at a run ended. The first three are the run's own end. `retried`: it failed, and another follows.
 * `superseded`: another worker has the run, or may have. `given-back`: the worker was asked to stop.
 */
export const ATTEMPT_OUTCOMES = [
  'succeeded',
  'rejected',
  'failed',
  'cancelled',
  'retried',
  'superseded',
  'given-back',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** Hears what happens in one attempt. It neither throws nor waits, so that it cannot disturb the attempt. */
export interface AttemptObserver {
  /** A step begins (Unix ms), and the one before it has ended. */
  step(step: RunStep, nowMs: number): void;
  progress(progress: RunProgress): void;
  judged(verdict: GateVerdict): void;
  /** Only the first call counts. `error`: why it did not succeed. */
  ended(outcome: AttemptOutcome, nowMs: number, error?: unknown): void;
}

/** Hears which attempts begin. */
export interface RunObserver {
  begin(attempt: ObservedAttempt): AttemptObserver;
}

export interface ObservedAttempt {
  readonly run: TrainingRun;
  readonly attempt: number;
  readonly jobId: string | undefined;
  /** Trace context of the request that started the run. */
  readonly traceparent?: string | undefined;
  /** Unix ms. */
  readonly nowMs: number;
}

/** Several observers as one, of whose end only the first word counts. */
export function observeAll(observers: readonly RunObserver[]): RunObserver {
  return {
    begin(attempt) {
      const all = observers.map((observer) => observer.begin(attempt));
      let isOver = false;
      return {
        step: (step, nowMs) => {
          for (const each of all) each.step(step, nowMs);
        },
        progress: (progress) => {
          for (const each of all) each.progress(progress);
        },
        judged: (verdict) => {
          for (const each of all) each.judged(verdict);
        },
        ended: (outcome, nowMs, error) => {
          if (isOver) return;
          isOver = true;
          for (const each of all) each.ended(outcome, nowMs, error);
        },
      };
    },
  };
}
