import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EventInput } from '@sommelier/contracts';
import { type Database, openDatabase } from '@sommelier/platform';
import { freshDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';

jest.setTimeout(60_000);

const NASTY_IDS = [
  `it's "quoted" \\ back`,
  '{"a":[1,2]}',
  '\u{1F377}\u{1F377}',
  'Ünïcödé',
  'ﬀ',
  'a\u0301',
  'á',
  'A',
  'a',
  '%_?',
  'line\nbreak\ttab',
  '\u0001',
  '\u{10FFFF}'.repeat(64),
  '001',
  '1',
  '1.0',
  '1e3',
  'null',
  'true',
  '9007199254740993',
];

/** A small generator with a fixed seed (mulberry32). */
function randomizer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function randomEvents(count: number, seed: number): EventInput[] {
  const random = randomizer(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  return Array.from({ length: count }, (_, index) => ({
    timestampMs: Math.floor(random() * 1e9) * 1_000 + (index % 1_000),
    userId: random() < 0.1 ? pick(NASTY_IDS) : String(Math.floor(random() * 5_000)),
    itemId: random() < 0.1 ? pick(NASTY_IDS) : `item-${index}`,
    type: pick(['view', 'addtocart', 'transaction', 'x.y-z_1']),
    ...(random() < 0.2 && { transactionId: pick(NASTY_IDS) }),
  }));
}

const text = (event: Pick<EventInput, 'timestampMs' | 'userId' | 'itemId' | 'type'>) =>
  JSON.stringify([event.timestampMs, event.userId, event.itemId, event.type]);

async function readAll(database: Database, afterMs: number, untilMs: number): Promise<string[]> {
  const rows: string[] = [];
  for await (const page of database.events.readPages({ afterMs, untilMs })) {
    page.timestampsMs.forEach((timestampMs, i) => {
      const [userId, itemId, type] = [page.userIds[i], page.itemIds[i], page.types[i]];
      rows.push(text({ timestampMs, userId: userId ?? '?', itemId: itemId ?? '?', type: type ?? '?' }));
    });
    expect(page.timestampsMs.length).toBeLessThanOrEqual(20_000);
  }
  return rows.sort();
}

describe.each(PROVIDERS)('database contract on %s', (provider) => {
  let testDatabase: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await freshDatabase(provider);
    database = await openDatabase({ url: testDatabase.url });
  });
  afterAll(async () => {
    await database?.close();
    await testDatabase?.drop();
  });

  test('answers and says what it is', async () => {
    await database.ping();
    expect(database.provider).toBe(provider);
  });

  describe('events', () => {
    const event: EventInput = { timestampMs: 1_000, userId: 'u', itemId: 'i', type: 'view' };
    let own: TestDatabase;
    let fresh: Database;
    beforeEach(async () => {
      own = await freshDatabase(provider);
      fresh = await openDatabase({ url: own.url });
    });
    afterEach(async () => {
      await fresh?.close();
      await own?.drop();
    });

    test('an empty log', async () => {
      expect(await fresh.events.totals()).toEqual({ users: 0, items: 0, events: 0 });
      expect(await fresh.events.count()).toBe(0);
      expect(await fresh.events.newestTimestampMs(Number.MAX_SAFE_INTEGER)).toBeUndefined();
      expect(await readAll(fresh, -1, Number.POSITIVE_INFINITY)).toEqual([]);
      expect(await fresh.events.insert([])).toEqual({ inserted: 0, duplicates: 0 });
    });

    test('exact duplicates are stored once; a difference in any one field is another event', async () => {
      const variants: EventInput[] = [
        event,
        { ...event, timestampMs: 1_001 },
        { ...event, userId: 'U' },
        { ...event, itemId: 'I' },
        { ...event, type: 'View' },
        { ...event, transactionId: 't' },
        { ...event, transactionId: 'T' },
        { ...event, userId: 'u1', itemId: 'i' },
        { ...event, userId: 'u', itemId: '1i' },
      ];
      expect(await fresh.events.insert([...variants, event, event])).toEqual({ inserted: 9, duplicates: 2 });
      expect(await fresh.events.insert(variants)).toEqual({ inserted: 0, duplicates: 9 });
      expect(await fresh.events.totals()).toEqual({ users: 3, items: 3, events: 9 });
      expect(await fresh.events.count()).toBe(9);
    });

    test('a batch with one invalid event is refused whole, and names it', async () => {
      const refused = fresh.events.insert([event, { ...event, userId: 'x'.repeat(65) }]);
      await expect(refused).rejects.toMatchObject({ code: 'invalid-request' });
      await expect(refused).rejects.toThrow(/Event 1 .*user id is longer than 64/);
      expect((await fresh.events.totals()).events).toBe(0);
    });

    test('50,000 random events come back from pages as they went in, whole and cut by time', async () => {
      const events = randomEvents(50_000, 7);
      const distinct = new Set(events.map((e) => JSON.stringify([text(e), e.transactionId])));
      expect((await fresh.events.insert(events)).inserted).toBe(distinct.size);
      const expected = [...distinct].map((line) => (JSON.parse(line) as [string])[0]).sort();
      expect(await readAll(fresh, -1, Number.POSITIVE_INFINITY)).toEqual(expected);

      const times = events.map((e) => e.timestampMs).sort((a, b) => a - b);
      const [afterMs, untilMs] = [times[12_345] ?? 0, times[34_567] ?? 0];
      const inside = expected.filter((line) => {
        const [timestampMs] = JSON.parse(line) as [number];
        return afterMs < timestampMs && timestampMs <= untilMs;
      });
      expect(inside.length).toBeGreaterThan(20_000);
      expect(await readAll(fresh, afterMs, untilMs)).toEqual(inside);
      expect(await fresh.events.newestTimestampMs(untilMs)).toBe(untilMs);
      expect(await fresh.events.newestTimestampMs(untilMs - 0.5)).toBeLessThan(untilMs);
      expect(await fresh.events.totals()).toEqual({
        users: new Set(events.map((e) => e.userId)).size,
        items: new Set(events.map((e) => e.itemId)).size,
        events: distinct.size,
      });
    });

    test('a full page of the longest ids of the widest characters', async () => {
      const wide = (index: number) =>
        `${String(index).padStart(5, '0')}${'\u0001'.repeat(59)}`.replace(/^0/, '\u0001');
      const events = Array.from({ length: 12_000 }, (_, index) => ({
        timestampMs: index,
        userId: wide(index),
        itemId: wide(index),
        type: 'x'.repeat(32),
      }));
      expect((await fresh.events.insert(events)).inserted).toBe(12_000);
      expect(await readAll(fresh, -1, 1e15)).toEqual(events.map(text).sort());
    });

    test('writers at the same time lose nothing', async () => {
      const other = await openDatabase({ url: own.url });
      const parts = Array.from({ length: 8 }, (_, index) => randomEvents(3_000, 100 + (index % 4)));
      const results = await Promise.all(
        parts.map((part, index) => (index % 2 === 0 ? fresh : other).events.insert(part)),
      );
      const inserted = results.reduce((sum, result) => sum + result.inserted, 0);
      const distinct = new Set(parts.flat().map((e) => JSON.stringify([text(e), e.transactionId])));
      expect(inserted).toBe(distinct.size);
      expect((await fresh.events.totals()).events).toBe(distinct.size);
      await other.close();
    });

    test('the items of a user: distinct, of the wanted types, newest first', async () => {
      const at = (timestampMs: number, itemId: string, type = 'view', userId = 'u') => ({
        timestampMs,
        userId,
        itemId,
        type,
      });
      await fresh.events.insert([
        at(1, 'a'),
        at(2, 'b'),
        at(3, 'c', 'search'),
        at(4, 'a'),
        at(5, 'd', 'view', 'U'),
      ]);
      const event = (itemId: string, type: string, timestampMs: number) => ({ itemId, type, timestampMs });
      expect(await fresh.events.historyOf('u', ['view'], 10)).toEqual([
        event('a', 'view', 4),
        event('b', 'view', 2),
      ]);
      expect(await fresh.events.historyOf('u', ['view', 'search'], 2)).toEqual([
        event('a', 'view', 4),
        event('c', 'search', 3),
      ]);
      expect(await fresh.events.historyOf('nobody', ['view'], 10)).toEqual([]);
      expect(await fresh.events.historyOf('u', [], 10)).toEqual([]);
    });
  });

  describe('items and categories', () => {
    test('are replaced, not doubled, and found by id', async () => {
      const item = {
        itemId: 'A',
        categoryId: '7',
        available: true,
        price: 12.34,
        properties: { colour: 'rot', size: 42, isNew: true },
        updatedAtMs: 5,
      };
      const bare = {
        itemId: 'a',
        categoryId: null,
        available: false,
        price: null,
        properties: {},
        updatedAtMs: 6,
      };
      await database.items.upsertItems([item, bare]);
      await database.items.upsertItems([{ ...item, price: 0.1, available: false }]);
      const found = await database.items.findItems(['A', 'a', 'missing', 'A']);
      found.sort((x, y) => x.updatedAtMs - y.updatedAtMs);
      expect(found).toEqual([{ ...item, price: 0.1, available: false }, bare]);
      expect(await database.items.findItems([])).toEqual([]);
      await database.items.upsertCategories([{ categoryId: '1', parentId: null }]);
      await database.items.upsertCategories([{ categoryId: '1', parentId: '2' }]);
    });

    test('refuse what does not fit', async () => {
      const item = {
        itemId: 'A',
        categoryId: null,
        available: true,
        price: -1,
        properties: {},
        updatedAtMs: 5,
      };
      await expect(database.items.upsertItems([item])).rejects.toMatchObject({ code: 'invalid-request' });
    });
  });
});
