import { describe, expect, it } from '@jest/globals';
import type { RunStatus, TrainingRun } from '@sommelier/contracts';
import { UnrecoverableError } from 'bullmq';
import { outcomeOf } from './attempt-outcome.ts';

const ASKED_TO_STOP = 'asked to stop';

function outcome(error: Error, options: { abortedBy?: string; status?: RunStatus } = {}) {
  const { abortedBy, status } = options;
  return outcomeOf({
    error,
    runId: 'r',
    trainingRuns: {
      get: async () => {
        if (status === undefined) throw new Error('away');
        return { status } as TrainingRun;
      },
    },
    signal: abortedBy === undefined ? new AbortController().signal : AbortSignal.abort(abortedBy),
    shutdown: ASKED_TO_STOP,
  });
}

describe('outcomeOf', () => {
  const lost = new UnrecoverableError('not yours');

  it.each([
    ['given-back', outcome(new Error('x'), { abortedBy: ASKED_TO_STOP })],
    ['superseded', outcome(new Error('x'), { abortedBy: 'lost lock' })],
    ['retried', outcome(new Error('the disk is full'))],
    ['cancelled', outcome(lost, { status: 'cancelled' })],
    ['superseded', outcome(lost, { status: 'running' })],
    ['superseded', outcome(lost)],
  ])('%s', async (expected, found) => {
    expect(await found).toBe(expected);
  });
});
