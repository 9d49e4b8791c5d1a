import { expect, test } from '@jest/globals';
import type { TrainingRun, Verification } from '@sommelier/contracts';
import { verificationText } from './verify-command.ts';

const run = (verification: Partial<Verification> | null, change: Partial<TrainingRun> = {}): TrainingRun =>
  ({
    id: 'r-1',
    status: 'succeeded',
    error: null,
    verification: verification && {
      reason: null,
      bytes: null,
      metrics: [],
      codeRevision: null,
      ...verification,
    },
    ...change,
  }) as TrainingRun;

test('the first line is the outcome, the others say more', () => {
  expect(verificationText(run({ outcome: 'reproduced', detail: 'The same.' }))).toBe('reproduced\nThe same.');
  const missing = { outcome: 'not-reproducible', reason: 'snapshot-missing', detail: 'It is gone.' } as const;
  expect(verificationText(run(missing))).toBe('not-reproducible: snapshot-missing\nIt is gone.');
  const metrics = [{ path: 'epochs', recorded: 3, now: 4 }];
  const bytes = { recorded: 'aa', now: 'bb' };
  expect(verificationText(run({ outcome: 'differs', detail: 'Not the same.', bytes, metrics }))).toBe(
    ['differs', 'Not the same.', '  sha256 aa is now bb', '  epochs 3 is now 4'].join('\n'),
  );
});

test('a run that came to no outcome says why', () => {
  expect(verificationText(run(null, { status: 'cancelled' }))).toBe(
    'Run r-1 cancelled: it came to no outcome',
  );
  const error = { type: 't', title: 't', status: 503, code: 'artifact-store', detail: 'It is full.' };
  expect(verificationText(run(null, { status: 'failed', error }))).toBe('Run r-1 failed: It is full.');
});
