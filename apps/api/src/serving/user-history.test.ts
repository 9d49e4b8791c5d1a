import { expect, it } from '@jest/globals';
import { createLogger } from '@sommelier/platform';
import { type HistoryEvent, UserHistory } from './user-history.ts';

const limits = { timeoutMs: 20, pauseMs: 1_000, maxConcurrent: 2 };

function userHistory(historyOf: (userId: string) => Promise<HistoryEvent[]>) {
  const clock = { nowMs: 0 };
  const logger = createLogger('test', 'silent');
  return { clock, history: new UserHistory({ historyOf, logger, now: () => clock.nowMs, ...limits }) };
}

it('gives what the database says', async () => {
  const { history } = userHistory(async (userId) => [{ itemId: `${userId}-a`, weight: 1, timestampMs: 5 }]);
  expect(await history.of('u')).toEqual([{ itemId: 'u-a', weight: 1, timestampMs: 5 }]);
});

it('leaves the database alone for a while after a failure', async () => {
  let calls = 0;
  const { history, clock } = userHistory(async () => {
    calls++;
    throw new Error('away');
  });
  expect(await history.of('u')).toBeUndefined();
  expect(await history.of('u')).toBeUndefined();
  expect(calls).toBe(1);
  clock.nowMs = 1_000;
  expect(await history.of('u')).toBeUndefined();
  expect(calls).toBe(2);
});

it('does not wait longer than its limit, nor ask a database that hangs for more and more', async () => {
  let calls = 0;
  const { history, clock } = userHistory(() => {
    calls++;
    return new Promise(() => undefined);
  });
  for (let round = 0; round < 5; round++) {
    clock.nowMs += 1_000;
    expect(await history.of('u')).toBeUndefined();
  }
  expect(calls).toBe(limits.maxConcurrent);
});
