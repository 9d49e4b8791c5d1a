import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@sommelier/platform';
import { type HistoryEvent, UserHistory } from './user-history.ts';

const limits = { pauseMs: 1_000, maxConcurrent: 2, maxCachedEvents: 100 };
const NEVER_MS = 60_000;

type Found = ReadonlyMap<string, readonly HistoryEvent[]>;

function event(itemId: string): HistoryEvent {
  return { itemId, weight: 1, timestampMs: 5 };
}

/** A database in which each user has one event, of an item with the number of the question in its name. */
function userHistory(
  answer?: (userIds: readonly string[], limit: number) => Promise<Found>,
  timeoutMs = NEVER_MS,
) {
  const state = { nowMs: 0, current: true, asked: [] as (readonly string[])[] };
  const history = new UserHistory({
    historiesOf: async (userIds, limit) => {
      state.asked.push(userIds);
      if (answer !== undefined) return answer(userIds, limit);
      const number = state.asked.length;
      return new Map(userIds.map((userId) => [userId, [event(`${userId}-${number}`)]]));
    },
    isCurrent: () => state.current,
    logger: createLogger('test', 'silent'),
    monotonicMs: () => state.nowMs,
    timeoutMs,
    batchTimeoutMs: timeoutMs,
    ...limits,
  });
  return { state, history };
}

/** Until the single questions of now have gone out, together. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Answers that the test gives when it wants to. */
function answers() {
  const waiting: ((found: Found) => void)[] = [];
  return { waiting, ask: () => new Promise<Found>((resolve) => waiting.push(resolve)) };
}

describe('what users did', () => {
  it('is asked for once, until the user changes', async () => {
    const { history, state } = userHistory();
    expect(history.peek('u')).toBeUndefined();
    const first = await history.of('u');
    expect(first?.events).toEqual([event('u-1')]);
    expect(await history.of('u')).toBe(first);
    expect(history.peek('u')).toBe(first);
    history.usersChanged(['v', 'w']);
    expect(history.peek('u')).toBe(first);
    history.usersChanged(['u']);
    expect(history.peek('u')).toBeUndefined();
    const second = await history.of('u');
    expect(second?.events).toEqual([event('u-2')]);
    expect(second?.revision).not.toBe(first?.revision);
    history.usersChanged('all');
    expect((await history.of('u'))?.events).toEqual([event('u-3')]);
    expect(state.asked).toHaveLength(3);
  });

  it('is remembered of users without an event too', async () => {
    const { history, state } = userHistory(async () => new Map());
    expect((await history.of('u'))?.events).toEqual([]);
    expect((await history.of('u'))?.events).toEqual([]);
    expect(state.asked).toHaveLength(1);
  });

  it('is asked for each time while nobody would hear of a change', async () => {
    const { history, state } = userHistory();
    const before = await history.of('u');
    state.current = false;
    expect(history.peek('u')).toBeUndefined();
    expect((await history.of('u'))?.events).toEqual([event('u-2')]);
    expect((await history.ofMany(['u'])).get('u')?.events).toEqual([event('u-3')]);
    state.current = true;
    expect(history.peek('u')).not.toBe(before);
    expect(history.peek('u')?.events).toEqual([event('u-3')]);
  });

  it('forgets those that were not asked for the longest, by events', async () => {
    const { history, state } = userHistory(
      async (userIds) =>
        new Map(userIds.map((userId) => [userId, Array.from({ length: 40 }, () => event('a'))])),
    );
    for (const userId of ['u', 'v', 'u', 'w', 'u', 'v']) await history.of(userId);
    expect(state.asked.flat()).toEqual(['u', 'v', 'w', 'v']);
    expect(history.peek('w')).toBeUndefined();
  });

  it('is asked for once by requests at the same time', async () => {
    const { waiting, ask } = answers();
    const { history, state } = userHistory(ask);
    const single = [history.of('u'), history.of('u')] as const;
    await turn();
    const requests = [...single, history.of('u'), history.ofMany(['u', 'v'])] as const;
    await turn();
    expect(state.asked).toEqual([['u'], ['v']]);
    waiting[0]?.(new Map([['u', [event('a')]]]));
    waiting[1]?.(new Map([['v', [event('b')]]]));
    const [first, second, third, many] = await Promise.all(requests);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(many.get('u')).toBe(first);
    expect(many.get('v')?.events).toEqual([event('b')]);
  });

  it.each([
    ['the user', ['u'], 'v'],
    ['everybody', 'all' as const, undefined],
  ])('is neither kept nor shared when %s changed while it was asked for', async (_name, changed, kept) => {
    const { waiting, ask } = answers();
    const { history, state } = userHistory(ask);
    const old = history.ofMany(['u', 'v']);
    history.usersChanged(changed);
    const fresh = history.of('u');
    await turn();
    expect(state.asked).toEqual([['u', 'v'], ['u']]);
    waiting[1]?.(new Map([['u', [event('new')]]]));
    expect((await fresh)?.events).toEqual([event('new')]);
    waiting[0]?.(
      new Map([
        ['u', [event('old')]],
        ['v', [event('old')]],
      ]),
    );
    expect((await old).get('u')?.events).toEqual([event('old')]);
    expect(history.peek('u')?.events).toEqual([event('new')]);
    expect(history.peek('v') === undefined).toBe(kept === undefined);
  });
});

describe('many users', () => {
  it('are asked for together, without those in memory, each once', async () => {
    const { history, state } = userHistory();
    await history.of('b');
    const found = await history.ofMany(['a', 'b', 'c', 'a']);
    expect([...found.keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(state.asked).toEqual([['b'], ['a', 'c']]);
    await history.ofMany(['c', 'b']);
    expect(await history.ofMany([])).toEqual(new Map());
    expect(state.asked).toHaveLength(2);
  });

  it('get equal shares of what is read at once; who has more is read alone', async () => {
    const asked: [number, number][] = [];
    const { history } = userHistory(async (userIds, limit) => {
      asked.push([userIds.length, limit]);
      return new Map(
        userIds.map((userId) => [
          userId,
          Array.from({ length: userId === 'u7' ? Math.min(limit, 3_000) : 1 }, () => event(userId)),
        ]),
      );
    });
    const found = await history.ofMany(Array.from({ length: 1_000 }, (_, index) => `u${index}`));
    expect(asked).toEqual([
      [1_000, 1_000],
      [1, 10_000],
    ]);
    expect(found.get('u7')?.events).toHaveLength(3_000);
    expect(found.get('u8')?.events).toHaveLength(1);
  });
});

describe('a database that does not answer', () => {
  it('is left alone for a while after a failure', async () => {
    const { history, state } = userHistory(async () => {
      throw new Error('away');
    });
    expect(await history.of('u')).toBeUndefined();
    expect(await history.of('u')).toBeUndefined();
    expect(await history.ofMany(['u', 'v'])).toEqual(new Map());
    expect(state.asked).toHaveLength(1);
    state.nowMs = 1_000;
    expect(await history.of('u')).toBeUndefined();
    expect(state.asked).toHaveLength(2);
  });

  it('takes nothing away of what is in memory', async () => {
    let away = false;
    const { history } = userHistory(async (userIds) => {
      if (away) throw new Error('away');
      return new Map(userIds.map((userId) => [userId, [event('a')]]));
    });
    const known = await history.of('u');
    away = true;
    expect(await history.ofMany(['u', 'v'])).toEqual(new Map([['u', known]]));
    expect(await history.of('u')).toBe(known);
  });

  it('is not waited for longer than the limit, nor asked for more and more', async () => {
    const { waiting, ask } = answers();
    const { history, state } = userHistory(ask, 20);
    for (let round = 0; round < 5; round++) {
      state.nowMs += 1_000;
      expect(await history.of('u')).toBeUndefined();
    }
    expect(state.asked).toHaveLength(limits.maxConcurrent);
    // What comes too late is not kept: nobody says how old it is.
    waiting[0]?.(new Map([['u', [event('late')]]]));
    waiting[1]?.(new Map([['u', [event('late')]]]));
    await turn();
    expect(history.peek('u')).toBeUndefined();
    state.nowMs += 1_000;
    const again = history.of('u');
    await turn();
    expect(state.asked).toHaveLength(limits.maxConcurrent + 1);
    waiting[2]?.(new Map());
    await again;
  });
});
