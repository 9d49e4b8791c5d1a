import { expect, it } from '@jest/globals';
import { lineOf, type RoundRecord } from './record.ts';
import { summaryOf, summaryTable } from './summary.ts';

const record = (changes: Partial<RoundRecord>): RoundRecord => ({
  round: 0,
  kind: 'kill-worker',
  details: 'at gate + 26%',
  note: 'worker-1 in gate',
  startedAtMs: 0,
  recoverySeconds: 1,
  afterMendingSeconds: 1,
  met: true,
  reads: 0,
  writes: 0,
  violations: [],
  ...changes,
});
const violation = { rule: 'event-lost', text: 'x' } as const;

it('sums up each kind by itself, and leaves out times that were never reached or mean nothing', () => {
  const records = [
    record({ recoverySeconds: 2 }),
    record({ recoverySeconds: 4, violations: [violation] }),
    record({ recoverySeconds: null, violations: [violation, violation] }),
    // It met nothing: its time says nothing.
    record({ recoverySeconds: 0.1, met: false }),
    record({ kind: 'poison', recoverySeconds: 3 }),
  ];
  expect(summaryOf(records)).toEqual([
    { kind: 'kill-worker', rounds: 4, met: 3, violations: 3, recoverySeconds: { p50: 2, p99: 4, max: 4 } },
    { kind: 'poison', rounds: 1, met: 1, violations: 0, recoverySeconds: { p50: 3, p99: 3, max: 3 } },
  ]);
  expect(summaryTable(records)).toContain('kill-worker');
});

it('says in a line what a round came to', () => {
  expect(lineOf(record({ round: 12 }))).toBe(
    '  12  kill-worker      1.0 s  ok  at gate + 26% | worker-1 in gate',
  );
  expect(lineOf(record({ violations: [violation], recoverySeconds: null }))).toContain(
    'not recovered  1 VIOLATIONS',
  );
});
