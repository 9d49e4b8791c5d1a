import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EventInput, Item } from '@sommelier/contracts';
import { type Database, openDatabase } from '@sommelier/platform';
import { freshDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';

jest.setTimeout(60_000);

const at = (
  timestampMs: number,
  userId: string,
  itemId: string,
  rest: Partial<EventInput> = {},
): EventInput => ({
  timestampMs,
  userId,
  itemId,
  type: 'view',
  ...rest,
});
const item = (itemId: string): Item => ({
  itemId,
  categoryId: null,
  available: true,
  price: null,
  properties: {},
  updatedAtMs: 1,
});

describe.each(PROVIDERS)('what changes on %s', (provider) => {
  let own: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    own = await freshDatabase(provider);
    database = await openDatabase({ url: own.url, durable: true });
  });
  afterEach(async () => {
    await database?.close();
    await own?.drop();
  });

  const log = async (afterId = 0) =>
    (await database.changes.readAfter(afterId, 10_000)).map(({ kind, subject }) => `${kind} ${subject}`);

  describe('the log of changes', () => {
    test('has each user of stored events once, and nothing of duplicates', async () => {
      await database.events.insert([at(1, 'ü', 'a'), at(2, 'v', 'a'), at(3, 'ü', 'b'), at(4, 'Ü', 'b')]);
      expect((await log()).sort()).toEqual(['user v', 'user Ü', 'user ü'].sort());
      const last = (await database.changes.readAfter(0, 10)).at(-1)!;
      await database.events.insert([at(1, 'ü', 'a')]);
      expect(await log(last.id)).toEqual([]);
      await expect(database.events.insert([at(-1, 'w', 'a')])).rejects.toMatchObject({
        code: 'invalid-request',
      });
      expect(await log(last.id)).toEqual([]);
    });

    test('says "all" instead of more than a thousand names', async () => {
      const events = (count: number, time: number) =>
        Array.from({ length: count }, (_, index) => at(time, `u${index}`, 'a'));
      await database.events.insert(events(1_000, 1));
      expect(await log()).toHaveLength(1_000);
      const last = (await database.changes.newest(0))!;
      await database.events.insert(events(1_001, 2));
      await database.items.upsertItems(Array.from({ length: 1_001 }, (_, index) => item(`i${index}`)));
      await database.items.upsertItems([item('i1'), item('i2')]);
      await database.items.upsertItems([]);
      await database.items.upsertCategories([{ categoryId: '1', parentId: null }]);
      await database.items.upsertCategories([]);
      expect(await log(last.id)).toEqual(['users *', 'items *', 'item i1', 'item i2', 'categories *']);
    });

    test('is read from any place, by the database’s clock', async () => {
      expect(await database.changes.newest(0)).toBeUndefined();
      expect(await database.changes.between(0, 10)).toEqual({ rows: 0, firstAtMs: undefined });
      for (let index = 0; index < 5; index++) await database.events.insert([at(index, `u${index}`, 'a')]);
      const rows = await database.changes.readAfter(0, 3);
      expect(rows.map(({ subject }) => subject)).toEqual(['u0', 'u1', 'u2']);
      expect(await database.changes.readAfter(rows[2]!.id, 3)).toHaveLength(2);
      expect(Math.abs(rows[0]!.atMs - Date.now())).toBeLessThan(60_000);
      const { id, atMs } = rows[1]!;
      expect(await database.changes.between(id, rows[2]!.id)).toEqual({ rows: 2, firstAtMs: atMs });
      await sleep(30);
      expect((await database.changes.newest(20))?.id).toBe((await database.changes.readAfter(0, 9))[4]!.id);
      expect(await database.changes.newest(60_000)).toBeUndefined();
    });

    test('is pruned but for its newest row, in pieces', async () => {
      for (let part = 0; part < 11; part++) {
        const events = Array.from({ length: 1_000 }, (_, index) => at(part, `u${index}`, 'a'));
        await database.events.insert(events);
      }
      expect(await database.changes.prune(60_000, 10)).toBe(0);
      await sleep(10);
      const first = await database.changes.prune(5, 1);
      expect(first).toBeGreaterThanOrEqual(5_000);
      expect(first).toBeLessThan(7_000);
      expect(await database.changes.prune(5, 10)).toBe(11_000 - first - 1);
      expect(await log()).toEqual(['user u999']);
      expect(await database.changes.prune(5, 10)).toBe(0);
    });

    test('and the data agree while many write at once', async () => {
      const other = await openDatabase({ url: own.url });
      const users = Array.from({ length: 24 }, (_, index) => `u${index % 12}`);
      await Promise.all(
        users.map((userId, index) =>
          (index % 2 === 0 ? database : other).events.insert([
            at(index, userId, 'a'),
            at(index, userId, 'b'),
            at(7, 'everybody', `${index % 3}`),
          ]),
        ),
      );
      const rows = await log();
      for (const userId of users) expect(rows.filter((row) => row === `user ${userId}`)).toHaveLength(2);
      expect(await database.events.count()).toBe(24 * 2 + 3);
      await other.close();
    });
  });

  describe('histories of several users', () => {
    test('are what each has alone, the newest first, cut one by one', async () => {
      await database.events.insert([
        at(1, 'u', 'a'),
        at(4, 'u', 'a'),
        at(2, 'u', 'b'),
        at(2, 'u', 'ab"\\\u0001'),
        at(3, 'u', 'c', { type: 'search' }),
        at(9, 'U', 'a'),
        at(9, 'v\u0001', 'z', { type: 'addtocart' }),
      ]);
      const types = ['view', 'addtocart'];
      const all = await database.events.historiesOf(['u', 'U', 'v\u0001', 'nobody'], types, 10);
      expect(all).toEqual(
        new Map([
          [
            'u',
            [
              { itemId: 'a', type: 'view', timestampMs: 4 },
              { itemId: 'ab"\\\u0001', type: 'view', timestampMs: 2 },
              { itemId: 'b', type: 'view', timestampMs: 2 },
            ],
          ],
          ['U', [{ itemId: 'a', type: 'view', timestampMs: 9 }]],
          ['v\u0001', [{ itemId: 'z', type: 'addtocart', timestampMs: 9 }]],
        ]),
      );
      expect((await database.events.historiesOf(['u', 'U'], types, 1)).get('u')).toHaveLength(1);
      expect(await database.events.historiesOf([], types, 1)).toEqual(new Map());
      expect(await database.events.historiesOf(['u'], [], 1)).toEqual(new Map());
    });

    test('of a thousand users with a hundred events each', async () => {
      const users = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
      await database.events.insert(
        users.flatMap((userId) =>
          Array.from({ length: 100 }, (_, index) => at(index, userId, `item-${index}-${userId}`)),
        ),
      );
      const found = await database.events.historiesOf(users, ['view'], 50);
      expect(found.size).toBe(1_000);
      for (const userId of users) {
        const times = found.get(userId)?.map(({ timestampMs }) => timestampMs);
        expect(times).toEqual(Array.from({ length: 50 }, (_, index) => 99 - index));
      }
    });
  });

  describe('merging two users', () => {
    test('moves events, drops what both have, and an event that comes again is still a duplicate', async () => {
      const shared = at(1, 'known', 'a');
      const named = at(2, 'visitor', 'b', { eventId: 'e-1' });
      const bought = at(3, 'visitor', 'c', { type: 'transaction', transactionId: 't' });
      await database.events.insert([
        shared,
        { ...shared, userId: 'visitor' },
        named,
        bought,
        at(4, 'Visitor', 'd'),
      ]);
      const before = (await database.changes.newest(0))!;
      const merge = () => database.events.merge({ from: 'visitor', into: 'known' });
      expect(await merge()).toEqual({ moved: 2, duplicates: 1 });
      expect((await log(before.id)).sort()).toEqual(['user known', 'user visitor']);
      const types = ['view', 'transaction'];
      expect(await database.events.historyOf('visitor', types, 10)).toEqual([]);
      expect(await database.events.historyOf('known', types, 10)).toEqual([
        { itemId: 'c', type: 'transaction', timestampMs: 3 },
        { itemId: 'b', type: 'view', timestampMs: 2 },
        { itemId: 'a', type: 'view', timestampMs: 1 },
      ]);
      expect((await database.events.historyOf('Visitor', types, 10)).map(({ itemId }) => itemId)).toEqual([
        'd',
      ]);
      const again = [shared, named, { ...bought, userId: 'known' }, { ...named, userId: 'known' }];
      expect(await database.events.insert(again)).toEqual({ inserted: 0, duplicates: 4 });
      const last = (await database.changes.newest(0))!;
      expect(await merge()).toEqual({ moved: 0, duplicates: 0 });
      expect(await log(last.id)).toEqual([]);
    });

    test('refuses more than it can do at once, and then changes nothing', async () => {
      const events = Array.from({ length: 10_001 }, (_, index) => at(index, 'robot', `i${index}`));
      await database.events.insert(events);
      const merged = database.events.merge({ from: 'robot', into: 'known' });
      await expect(merged).rejects.toMatchObject({ code: 'merge-too-large' });
      expect(await database.events.historyOf('robot', ['view'], 20_000)).toHaveLength(10_001);
      expect(await database.events.historyOf('known', ['view'], 20_000)).toEqual([]);
    });

    test('by several at once, and while events come, loses and doubles none', async () => {
      const events = Array.from({ length: 500 }, (_, index) => at(index, 'visitor', `i${index}`));
      await database.events.insert(events);
      const other = await openDatabase({ url: own.url });
      const results = await Promise.all([
        database.events.merge({ from: 'visitor', into: 'a' }),
        other.events.merge({ from: 'visitor', into: 'b' }),
        ...Array.from({ length: 5 }, (_, index) =>
          other.events
            .insert([at(1_000 + index, 'visitor', 'late')])
            .then(() => ({ moved: 0, duplicates: 0 })),
        ),
      ]);
      const left = (await database.events.historyOf('visitor', ['view'], 1_000)).length;
      expect(await database.events.count()).toBe(505);
      const moved = results.reduce((sum, result) => sum + result.moved, 0);
      expect(results.every(({ duplicates }) => duplicates === 0)).toBe(true);
      expect(moved).toBeGreaterThanOrEqual(500);
      expect(left).toBeLessThanOrEqual(1);
      await other.close();
    });
  });
});
