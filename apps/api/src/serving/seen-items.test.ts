import { expect, it } from '@jest/globals';
import { createLogger } from '@sommelier/platform';
import { SeenItems } from './seen-items.ts';

const limits = { timeoutMs: 20, pauseMs: 1_000, maxConcurrent: 2 };

function seenItems(itemsOfUser: (userId: string) => Promise<string[]>) {
  const clock = { nowMs: 0 };
  const logger = createLogger('test', 'silent');
  return { clock, seen: new SeenItems({ itemsOfUser, logger, now: () => clock.nowMs, ...limits }) };
}

it('gives what the database says', async () => {
  const { seen } = seenItems(async (userId) => [`${userId}-a`, `${userId}-b`]);
  expect(await seen.of('u')).toEqual(['u-a', 'u-b']);
});

it('leaves the database alone for a while after a failure', async () => {
  let calls = 0;
  const { seen, clock } = seenItems(async () => {
    calls++;
    throw new Error('away');
  });
  expect(await seen.of('u')).toBeUndefined();
  expect(await seen.of('u')).toBeUndefined();
  expect(calls).toBe(1);
  clock.nowMs = 1_000;
  expect(await seen.of('u')).toBeUndefined();
  expect(calls).toBe(2);
});

it('does not wait longer than its limit, nor ask a database that hangs for more and more', async () => {
  let calls = 0;
  const { seen, clock } = seenItems(() => {
    calls++;
    return new Promise(() => undefined);
  });
  for (let round = 0; round < 5; round++) {
    clock.nowMs += 1_000;
    expect(await seen.of('u')).toBeUndefined();
  }
  expect(calls).toBe(limits.maxConcurrent);
});
