import type { Span, Tracing } from '@sommelier/platform';
import type { RunObserver } from './run-observer.ts';

/** A span an attempt, part of the trace of the request that started the run, and in it a span a step. */
export function runTraces(tracing: Tracing): RunObserver {
  return {
    begin({ run, attempt, jobId, traceparent, nowMs }) {
      const whole = tracing.start({
        name: 'training attempt',
        parent: traceparent,
        atMs: nowMs,
        attributes: {
          'sommelier.run.id': run.id,
          'sommelier.run.attempt': attempt,
          'sommelier.run.queued_ms': Math.max(0, nowMs - run.createdAtMs),
          ...(jobId !== undefined && { 'messaging.message.id': jobId }),
        },
      });
      let step: Span | undefined;
      return {
        step(name, atMs) {
          step?.end({ atMs });
          step = tracing.start({ name, parent: whole.traceparent, atMs });
        },
        progress: () => undefined,
        judged: ({ outcome }) => whole.set({ 'sommelier.gate.outcome': outcome }),
        ended(outcome, atMs, error) {
          whole.set({ 'sommelier.attempt.outcome': outcome });
          const how = { atMs, ...(error !== undefined && { error }) };
          step?.end(how);
          whole.end(how);
        },
      };
    },
  };
}
