import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  type EventInput,
  type Manifest,
  type RunConfig,
  runConfigSchema,
  SommelierError,
  scheduleRequestSchema,
} from '@sommelier/contracts';
import { type Database, openDatabase } from '@sommelier/platform';
import { freshDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';
import { exampleManifest } from '../support/example-manifest.ts';

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

const config = (seed: number): RunConfig => runConfigSchema.parse({ training: { seed } });
const problem = {
  type: 'about:blank',
  title: 'x',
  status: 503,
  detail: 'it’s away',
  code: 'queue-unavailable',
};

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

  describe('training runs', () => {
    test('equal requests at the same time become one queued run', async () => {
      const other = await openDatabase({ url: testDatabase.url });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? database : other).trainingRuns.createOrJoin(config(1), 1_000),
        ),
      );
      expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect(answers[0]?.run).toMatchObject({
        status: 'queued',
        stage: null,
        progress: null,
        request: config(1),
        attempts: 0,
        createdAtMs: 1_000,
        startedAtMs: null,
      });
      await other.close();
    });

    test('the order of keys in a request makes no difference, its values do', async () => {
      const request = config(2);
      const { run } = await database.trainingRuns.createOrJoin(request, 1);
      const reversed = Object.fromEntries(Object.entries(request).reverse()) as RunConfig;
      expect(await database.trainingRuns.createOrJoin(reversed, 2)).toMatchObject({
        created: false,
        run: { id: run.id },
      });
      expect((await database.trainingRuns.createOrJoin(config(3), 2)).created).toBe(true);
    });

    test('a running run is not joined; begin counts attempts; only the newest attempt writes', async () => {
      const runs = database.trainingRuns;
      const { run } = await runs.createOrJoin(config(10), 1);
      expect(await runs.update(run.id, 1, { timings: {} })).toBe(false);
      expect(await runs.begin(run.id, 50)).toBe(1);
      const next = await runs.createOrJoin(config(10), 2);
      expect(next).toMatchObject({ created: true });
      expect(next.run.id).not.toBe(run.id);

      const progress = { stage: 'train' as const, fraction: 0.5, message: 'half' };
      const patch = { progress, timings: { prepare: 1.5 }, snapshotSha256: 'a'.repeat(64) };
      expect(await runs.update(run.id, 1, patch)).toBe(true);
      // The same values again: nothing changes in the row, and it still belongs to this attempt.
      expect(await runs.update(run.id, 1, patch)).toBe(true);
      expect(await runs.begin(run.id, 60)).toBe(2);
      expect(await runs.update(run.id, 1, { progress: null })).toBe(false);
      expect(await runs.get(run.id)).toMatchObject({
        status: 'running',
        stage: 'train',
        progress,
        timings: { prepare: 1.5 },
        attempts: 2,
        startedAtMs: 50,
      });
      expect(await runs.snapshotOf(run.id)).toBe('a'.repeat(64));
      expect(await runs.snapshotOf(next.run.id)).toBeUndefined();

      const end = { status: 'failed' as const, progress: null, error: problem, finishedAtMs: 99 };
      expect(await runs.update(run.id, 2, end)).toBe(true);
      expect(await runs.update(run.id, 2, { status: 'succeeded' })).toBe(false);
      expect(await runs.begin(run.id, 100)).toBeUndefined();
      expect(await runs.begin('nothing', 100)).toBeUndefined();
      expect(await runs.get(run.id)).toMatchObject({
        status: 'failed',
        stage: 'train',
        progress: null,
        error: problem,
      });
    });

    test('20 workers that begin the same run get 20 different attempts', async () => {
      const { run } = await database.trainingRuns.createOrJoin(config(20), 1);
      const attempts = await Promise.all(
        Array.from({ length: 20 }, () => database.trainingRuns.begin(run.id, 5)),
      );
      expect(attempts.sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    });

    test('a run that could not be enqueued makes place for the next', async () => {
      const runs = database.trainingRuns;
      const { run } = await runs.createOrJoin(config(30), 1);
      await runs.failQueued(run.id, problem, 7);
      expect(await runs.get(run.id)).toMatchObject({ status: 'failed', error: problem, finishedAtMs: 7 });
      const again = await runs.createOrJoin(config(30), 8);
      expect(again.created).toBe(true);
      await runs.begin(again.run.id, 9);
      await runs.failQueued(again.run.id, problem, 10);
      expect(await runs.get(again.run.id)).toMatchObject({ status: 'running', error: null });
    });

    test('a run is cancelled while it waits or runs, once and for all', async () => {
      const runs = database.trainingRuns;
      const queued = (await runs.createOrJoin(config(50), 1)).run.id;
      expect(await runs.cancel(queued, 7)).toBe('cancelled');
      expect(await runs.cancel(queued, 8)).toBe('cancelled');
      expect(await runs.get(queued)).toMatchObject({ status: 'cancelled', finishedAtMs: 7 });
      expect(await runs.begin(queued, 9)).toBeUndefined();
      expect((await runs.createOrJoin(config(50), 2)).created).toBe(true);

      const running = (await runs.createOrJoin(config(51), 1)).run.id;
      await runs.begin(running, 5);
      expect(await runs.owns(running, 1)).toBe(true);
      expect(await runs.owns(running, 2)).toBe(false);
      expect(await runs.cancel(running, 6)).toBe('cancelled');
      expect(await runs.owns(running, 1)).toBe(false);
      expect(await runs.update(running, 1, { status: 'succeeded' })).toBe(false);

      const failed = (await runs.createOrJoin(config(52), 1)).run.id;
      await runs.failQueued(failed, problem, 2);
      expect(await runs.cancel(failed, 6)).toBe('ended');
      expect(await runs.cancel('nothing', 6)).toBeUndefined();
    });

    test('joining takes the more urgent priority', async () => {
      const runs = database.trainingRuns;
      const { run } = await runs.createOrJoin(config(60), 1, 7);
      expect(run.priority).toBe(7);
      expect((await runs.createOrJoin(config(60), 2, 9)).run.priority).toBe(7);
      expect((await runs.createOrJoin(config(60), 2, 2)).run).toMatchObject({ id: run.id, priority: 2 });
      expect(await runs.get(run.id)).toMatchObject({ priority: 2 });
    });

    test('a snapshot is in use by every run that is not cancelled', async () => {
      const runs = database.trainingRuns;
      const sha = 'c'.repeat(64);
      const ids: string[] = [];
      for (const index of [70, 71]) {
        const { run } = await runs.createOrJoin(config(index), 1);
        await runs.begin(run.id, 2);
        await runs.update(run.id, 1, { snapshotSha256: sha, baseGeneration: index });
        ids.push(run.id);
      }
      const [a = '', b = ''] = ids;
      expect(await runs.baseGenerationOf(b)).toBe(71);
      expect(await runs.snapshotsInUse([sha, 'd'.repeat(64)], a)).toEqual([sha]);
      expect(await runs.dropSnapshot(b)).toBe(false);
      await runs.cancel(b, 3);
      expect(await runs.snapshotsInUse([sha], a)).toEqual([]);
      expect(await runs.snapshotsInUse([sha])).toEqual([sha]);
      expect([await runs.dropSnapshot(b), await runs.dropSnapshot(b)]).toEqual([true, false]);
    });

    test('lists the newest first, by status', async () => {
      const runs = database.trainingRuns;
      const newest = (await runs.createOrJoin(config(40), 1e12)).run.id;
      const older = (await runs.createOrJoin(config(41), 1e12 - 1)).run.id;
      expect((await runs.list({ limit: 2 })).map(({ id }) => id)).toEqual([newest, older]);
      expect((await runs.list({ limit: 1, status: 'queued' })).map(({ id }) => id)).toEqual([newest]);
      expect(
        (await runs.list({ limit: 100, status: 'failed' })).every(({ status }) => status === 'failed'),
      ).toBe(true);
      expect(await runs.get('nothing')).toBeUndefined();
    });
  });

  describe('models', () => {
    const manifest = (index: number): Manifest => exampleManifest(index);

    test('exactly one of 20 that activate at the same time wins, each time', async () => {
      const models = database.models;
      const other = await openDatabase({ url: testDatabase.url });
      expect(await models.active()).toBeUndefined();
      await models.addCandidate(manifest(1));
      expect(await models.get(manifest(1).version)).toEqual({
        version: manifest(1).version,
        runId: manifest(1).runId,
        status: 'candidate',
        active: false,
        createdAtMs: manifest(1).createdAtMs,
        pinned: false,
        filesDeletedAtMs: null,
        manifest: manifest(1),
      });
      for (const expectedGeneration of [0, 1, 2]) {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            (i % 2 === 0 ? database : other).models.activate({
              version: manifest(1).version,
              expectedGeneration,
              activatedBy: `caller ${i}`,
              nowMs: 1_000 + i,
            }),
          ),
        );
        const winners = answers.filter((answer) => answer !== undefined);
        expect(winners).toHaveLength(1);
        expect(winners[0]?.generation).toBe(expectedGeneration + 1);
        expect(await models.active()).toEqual(winners[0]);
      }
      expect(await models.get(manifest(1).version)).toMatchObject({ status: 'archived', active: true });
      await other.close();
    });

    test('a version that does not exist is not activated, and the active one stays', async () => {
      const before = await database.models.active();
      const activation = { version: manifest(99).version, expectedGeneration: 3, activatedBy: 'x', nowMs: 1 };
      await expect(database.models.activate(activation)).rejects.toMatchObject({ code: 'model-not-found' });
      expect(await database.models.active()).toEqual(before);
    });

    test('lists the newest first and marks the active one; a manifest never changes', async () => {
      await database.models.addCandidate(manifest(2));
      await database.models.addCandidate(manifest(2));
      const listed = await database.models.list({ limit: 10 });
      expect(listed.map(({ version, active }) => [version, active])).toEqual([
        [manifest(2).version, false],
        [manifest(1).version, true],
      ]);
      const changed = { ...manifest(2), trainingSeconds: 1 };
      await expect(database.models.addCandidate(changed)).rejects.toBeInstanceOf(SommelierError);
      expect(await database.models.get('nothing')).toBeUndefined();
    });

    test('a run is activated or cancelled, never both, whoever is first', async () => {
      const { models, trainingRuns } = database;
      await models.addCandidate(manifest(3));
      for (let round = 0; round < 8; round++) {
        const { run } = await trainingRuns.createOrJoin(config(100 + round), 1);
        await trainingRuns.begin(run.id, 2);
        const before = (await models.active())!;
        const activation = {
          version: manifest(3).version,
          expectedGeneration: before.generation,
          activatedBy: `run:${run.id}`,
          nowMs: 5,
          run: { id: run.id, attempt: 1 },
        };
        const [activated, cancelled] = await Promise.allSettled([
          models.activate(activation),
          trainingRuns.cancel(run.id, 3),
        ]);
        const active = await models.active();
        const row = await trainingRuns.get(run.id);
        if (activated.status === 'fulfilled') {
          expect(cancelled).toMatchObject({ value: 'ended' });
          expect(active?.generation).toBe(before.generation + 1);
          expect(row).toMatchObject({ status: 'running', modelVersion: manifest(3).version });
        } else {
          expect(activated.reason).toMatchObject({ code: 'run-ended' });
          expect(cancelled).toMatchObject({ value: 'cancelled' });
          expect(active).toEqual(before);
          expect(row).toMatchObject({ status: 'cancelled', modelVersion: null });
        }
      }
    });

    test('an attempt that lost its run activates nothing', async () => {
      const { models, trainingRuns } = database;
      const { run } = await trainingRuns.createOrJoin(config(120), 1);
      await trainingRuns.begin(run.id, 2);
      await trainingRuns.begin(run.id, 3);
      const before = (await models.active())!;
      const activate = (attempt: number) =>
        models.activate({
          version: manifest(3).version,
          expectedGeneration: before.generation,
          activatedBy: 'x',
          nowMs: 5,
          run: { id: run.id, attempt },
        });
      await expect(activate(1)).rejects.toMatchObject({ code: 'run-ended' });
      expect(await models.active()).toEqual(before);
      expect(await activate(2)).toMatchObject({ generation: before.generation + 1 });
    });

    test('the history has every activation, with what was active before', async () => {
      const { models } = database;
      const active = (await models.active())!;
      await models.activate({
        version: manifest(1).version,
        expectedGeneration: active.generation,
        activatedBy: 'somebody',
        nowMs: 77,
      });
      const [newest, ...older] = await models.activations({ limit: 1_000 });
      expect(newest).toEqual({
        generation: active.generation + 1,
        version: manifest(1).version,
        previousVersion: manifest(3).version,
        activatedBy: 'somebody',
        activatedAtMs: 77,
      });
      expect(older.map(({ generation }) => generation)).toEqual(
        Array.from({ length: active.generation }, (_, i) => active.generation - i),
      );
      const own = await models.activations({ limit: 2, version: manifest(1).version });
      expect(own).toHaveLength(2);
      expect(own.every(({ version }) => version === manifest(1).version)).toBe(true);
    });

    test('files go of a version that is neither active nor pinned, and then it cannot be activated', async () => {
      const { models } = database;
      await models.addCandidate(manifest(4));
      const [active, { version }] = [(await models.active())!, manifest(4)];
      const activation = { version, expectedGeneration: active.generation, activatedBy: 'x', nowMs: 1 };
      await models.setPinned(version, true);
      expect([await models.retire(version, 9), await models.retire(active.version, 9)]).toEqual([
        false,
        false,
      ]);
      await models.setPinned(version, false);
      expect([await models.retire(version, 9), await models.retire(version, 10)]).toEqual([true, false]);
      expect(await models.get(version)).toMatchObject({ filesDeletedAtMs: 9, pinned: false });
      await expect(models.activate(activation)).rejects.toMatchObject({ code: 'model-unusable' });
      await expect(models.setPinned(version, true)).rejects.toMatchObject({ code: 'model-unusable' });
      await expect(models.setPinned('nothing', true)).rejects.toMatchObject({ code: 'model-not-found' });
      expect(await models.active()).toEqual(active);
      expect((await models.candidatesOf(manifest(4).runId)).map((model) => model.version)).toEqual([version]);
      expect([await models.deleteCandidate(version), await models.deleteCandidate(version)]).toEqual([
        true,
        false,
      ]);
      expect(await models.deleteCandidate(active.version)).toBe(false);
    });

    test('a version is activated or retired, never both', async () => {
      const { models } = database;
      for (let index = 10; index < 18; index++) {
        await models.addCandidate(manifest(index));
        const before = (await models.active())!;
        const { version } = manifest(index);
        const [activated, retired] = await Promise.allSettled([
          models.activate({ version, expectedGeneration: before.generation, activatedBy: 'x', nowMs: 1 }),
          models.retire(version, 2),
        ]);
        const isActive = activated.status === 'fulfilled' && activated.value !== undefined;
        expect(retired).toEqual({ status: 'fulfilled', value: !isActive });
        expect(await models.get(version)).toMatchObject({
          active: isActive,
          filesDeletedAtMs: isActive ? null : 2,
        });
      }
    });
  });

  test('a lease names what a replica serves until it ends', async () => {
    const { replicaLeases } = database;
    await replicaLeases.renew({ replicaId: 'a', version: 'v1', generation: 1, expiresAtMs: 100 });
    await replicaLeases.renew({ replicaId: 'b', version: 'v1', generation: 1, expiresAtMs: 100 });
    await replicaLeases.renew({ replicaId: 'c', version: 'v2', generation: 2, expiresAtMs: 200 });
    expect((await replicaLeases.servedVersions(99)).sort()).toEqual(['v1', 'v2']);
    await replicaLeases.renew({ replicaId: 'a', version: 'v3', generation: 3, expiresAtMs: 300 });
    expect((await replicaLeases.servedVersions(100)).sort()).toEqual(['v2', 'v3']);
    await replicaLeases.release('c');
    expect(await replicaLeases.servedVersions(100)).toEqual(['v3']);
  });

  test('schedules are written, replaced, listed and deleted by name', async () => {
    const { schedules } = database;
    const request = scheduleRequestSchema.parse({ cron: '0 3 * * *', request: { training: { seed: 7 } } });
    await schedules.put('nightly', request, 5);
    const changed = await schedules.put('nightly', { ...request, timeZone: 'Europe/Berlin' }, 6);
    expect(changed).toEqual({
      ...request,
      name: 'nightly',
      timeZone: 'Europe/Berlin',
      createdAtMs: 5,
      updatedAtMs: 6,
      lastTickAtMs: null,
      lastRunId: null,
      lastError: null,
    });
    await schedules.ticked('nightly', { atMs: 9, runId: 'r1', error: null });
    await schedules.ticked('nightly', { atMs: 10, runId: null, error: problem });
    expect(await schedules.get('nightly')).toMatchObject({
      lastTickAtMs: 10,
      lastRunId: 'r1',
      lastError: problem,
    });
    await schedules.put('another', request, 7);
    expect((await schedules.list()).map(({ name }) => name)).toEqual(['another', 'nightly']);
    expect([await schedules.delete('nightly'), await schedules.delete('nightly')]).toEqual([true, false]);
    expect(await schedules.get('nightly')).toBeUndefined();
  });

  test('the queue is paused until it is not', async () => {
    const { queueState } = database;
    expect(await queueState.isPaused()).toBe(false);
    await queueState.setPaused(true, 1);
    await queueState.setPaused(true, 2);
    expect(await queueState.isPaused()).toBe(true);
    await queueState.setPaused(false, 3);
    expect(await queueState.isPaused()).toBe(false);
  });
});
