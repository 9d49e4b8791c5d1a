import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type EventInput, type Manifest, type ModelVersion, runConfigSchema } from '@sommelier/contracts';
import { exampleManifest } from '@sommelier/contracts/testing';
import { type Database, erasedUserOf, openDatabase, userHash } from '@sommelier/platform';
import { freshDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';

jest.setTimeout(60_000);

const event = (userId: string, timestampMs: number): EventInput => ({
  ...{ userId, timestampMs },
  ...{ itemId: `i${timestampMs % 7}`, type: 'view' },
});

describe.each(PROVIDERS)('erasures on %s', (provider) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let other: Database;

  beforeAll(async () => {
    testDatabase = await freshDatabase(provider);
    database = await openDatabase({ url: testDatabase.url });
    other = await openDatabase({ url: testDatabase.url });
  });
  afterAll(async () => {
    await database?.close();
    await other?.close();
    await testDatabase?.drop();
  });

  test('delete the events of one user, and every name of theirs in the log of changes', async () => {
    const { events, erasures, changes } = database;
    await events.insert([event('gone', 1), event('gone', 2), event('Gone', 3), event('stays', 4)]);
    const erased = await erasures.erase('gone', 77);
    expect(erased).toEqual({ id: 1, userHash: userHash('gone') });
    expect([await events.historyOf('gone', ['view'], 9), await events.count()]).toEqual([[], 2]);
    const rows = await changes.readAfter(0, 100);
    expect(rows.map(({ kind }) => kind).sort()).toEqual(['erased', 'erased', 'user', 'user']);
    expect(rows.map(({ subject }) => subject)).not.toContain('gone');
    const named = rows.filter(({ kind }) => kind === 'erased').map(({ subject }) => erasedUserOf(subject));
    expect(named).toEqual([erased, erased]);
    expect(await erasures.get(1, 0)).toMatchObject({
      ...{ id: 1, state: 'running', requestedAtMs: 77, eventsDeleted: 2, finishedAtMs: null },
    });
    expect(await erasures.get(2, 0)).toBeUndefined();
  });

  test('are numbered in the order of their commits, whoever erases at the same time', async () => {
    const before = await database.erasures.newestId();
    const seen: number[] = [];
    let erasing = true;
    // Whoever has seen a number knows all before it: none appears later.
    const watch = (async () => {
      while (erasing) {
        seen.push((await other.erasures.after(before)).length);
        // SQLite answers without giving way to anybody.
        await sleep(2);
      }
    })();
    const erased = await Promise.all(
      Array.from({ length: 16 }, (_, k) => (k % 2 === 0 ? database : other).erasures.erase(`u${k}`, k)),
    );
    erasing = false;
    await watch;
    const ids = erased.map(({ id }) => id).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: 16 }, (_, k) => before + 1 + k));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect((await other.erasures.after(before)).map(({ id }) => id)).toEqual(ids);
  });

  test('leave nothing of events that are stored at the same time, but as of somebody new', async () => {
    const { events, erasures } = database;
    for (let round = 0; round < 5; round++) {
      const userId = `racer-${round}`;
      const batches = Array.from({ length: 6 }, (_, k) =>
        (k % 2 === 0 ? database : other).events.insert([event(userId, 10 * k), event(userId, 10 * k + 1)]),
      );
      const [erased] = await Promise.all([erasures.erase(userId, 1), ...batches]);
      const left = (await events.historyOf(userId, ['view'], 100)).length;
      const receipt = await erasures.get(erased.id, 0);
      // Of twelve events those are gone that were there: no batch by halves.
      expect((receipt?.eventsDeleted ?? 1) % 2).toBe(0);
      expect(left > 0 || receipt?.eventsDeleted === 12).toBe(true);
    }
  });

  describe('a version that is replaced', () => {
    const manifest = (index: number): Manifest => exampleManifest(index);
    const successor = (index: number): Manifest => ({
      ...manifest(index),
      version: manifest(index).version.replace('0123456789ab', 'ba9876543210'),
      successorOf: manifest(index).version,
    });
    const work = (model: ModelVersion, next?: Manifest) => ({
      ...{ model, successor: next, erasedThrough: 9, erasureIds: [1], nowMs: 500 },
      ...{ files: [`models/${model.version}/model.safetensors`], activatedBy: 'erasure:1' },
    });
    const stored = async (index: number) => (await database.models.get(manifest(index).version))!;

    test('gives its place, pin and activity to the successor; runs at its generation go on', async () => {
      const { models, trainingRuns, erasures } = database;
      await models.addCandidate(manifest(1));
      const { version } = manifest(1);
      await models.activate({ version, expectedGeneration: 0, activatedBy: 'x', nowMs: 1 });
      await models.setPinned(version, true);
      const { run } = await trainingRuns.createOrJoin(runConfigSchema.parse({}), 1);
      await trainingRuns.begin(run.id, 2);
      expect(await trainingRuns.readThrough()).toBe(0);
      await trainingRuns.update(run.id, 1, { baseGeneration: 1, erasedThrough: 4 });
      expect([await trainingRuns.readThrough(), await trainingRuns.erasedThroughOf(run.id)]).toEqual([4, 4]);
      const model = await stored(1);
      expect((await models.behind(1)).map((one) => one.version)).toEqual([version]);

      const twice = await Promise.all(
        [database, other].map((each) => each.models.supersede(work(model, successor(1)))),
      );
      expect(twice.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'superseded']);
      const active = await models.active();
      expect(active).toMatchObject({
        generation: 2,
        version: successor(1).version,
        activatedBy: 'erasure:1',
      });
      expect(await stored(1)).toMatchObject({
        ...{ status: 'erased', pinned: false, active: false, manifest: { ...manifest(1), probes: [] } },
      });
      expect(await models.get(successor(1).version)).toMatchObject({
        ...{ status: 'archived', pinned: true, active: true, erasedThrough: 9, manifest: successor(1) },
      });
      expect(await trainingRuns.baseGenerationOf(run.id)).toBe(2);
      const [latest] = await models.activations({ limit: 1 });
      expect(latest).toMatchObject({ generation: 2, previousVersion: version });
      expect(await models.behind(9)).toEqual([]);
      await expect(
        models.activate({ version, expectedGeneration: 2, activatedBy: 'x', nowMs: 1 }),
      ).rejects.toMatchObject({ code: 'model-unusable' });

      expect(await erasures.filesToDelete()).toEqual([
        { erasureId: 1, key: `models/${version}/model.safetensors` },
      ]);
      await erasures.fileDeleted(`models/${version}/model.safetensors`, 600);
      // What is about to go cannot be kept.
      await expect(models.setPinned(version, true)).rejects.toMatchObject({ code: 'model-unusable' });
      await models.filesErased(version, 600);
      expect(await erasures.get(1, 0)).toMatchObject({
        versionsReplaced: 1,
        filesDeleted: 1,
        filesToDelete: 0,
      });
      expect((await stored(1)).filesDeletedAtMs).toBe(600);
    });

    test('is to be deleted again when a file of its name was written again', async () => {
      const { erasures } = database;
      const { id } = (await erasures.unfinished()).at(-1)!;
      const key = 'snapshots/written-twice';
      const waits = async () => (await erasures.filesToDelete()).filter((file) => file.key === key);
      await erasures.addFile([id], key);
      await erasures.fileDeleted(key, 700);
      expect(await waits()).toEqual([]);
      await erasures.addFile([id], key);
      expect(await waits()).toEqual([{ erasureId: id, key }]);
      await erasures.fileDeleted(key, 800);
    });

    test('is not replaced when it is not as it was read, nor, active, by nothing', async () => {
      const { models } = database;
      await models.addCandidate(manifest(2));
      const before = await stored(2);
      await models.setPinned(manifest(2).version, true);
      expect(await models.supersede(work(before, successor(2)))).toEqual({ outcome: 'changed' });
      expect(await models.get(successor(2).version)).toBeUndefined();
      const { generation } = (await models.active())!;
      await models.activate({
        ...{ version: manifest(2).version, expectedGeneration: generation, activatedBy: 'x', nowMs: 1 },
      });
      expect(await models.supersede(work(await stored(2)))).toEqual({ outcome: 'active' });
      expect(await stored(2)).toMatchObject({ status: 'archived', active: true, manifest: manifest(2) });
    });

    test('goes without a successor when it is not active; one that has nobody is only noted', async () => {
      const { models } = database;
      await models.addCandidate(manifest(3));
      await models.addCandidate(manifest(4), 3);
      expect(await models.supersede(work(await stored(3)))).toEqual({
        ...{ outcome: 'superseded', activated: undefined },
      });
      expect(await stored(3)).toMatchObject({ status: 'erased' });
      await models.passErasures(manifest(4).version, 9);
      expect(await stored(4)).toMatchObject({ erasedThrough: 9, manifest: manifest(4) });
      await models.passErasures(manifest(4).version, 10, []);
      expect((await stored(4)).manifest.probes).toEqual([]);
    });

    test('a replica counts as confirmed once it serves the successor', async () => {
      const { replicaLeases, erasures } = database;
      const lease = { generation: 1, expiresAtMs: 1_000 };
      await replicaLeases.renew({ replicaId: 'a', version: manifest(1).version, ...lease });
      await replicaLeases.renew({ replicaId: 'b', version: successor(1).version, ...lease });
      await replicaLeases.renew({
        replicaId: 'dead',
        version: manifest(1).version,
        ...lease,
        expiresAtMs: 5,
      });
      expect((await erasures.get(1, 10))?.replicas).toEqual({ confirmed: 1, waitingFor: 1 });
      await replicaLeases.renew({ replicaId: 'a', version: successor(1).version, ...lease });
      expect((await erasures.get(1, 10))?.replicas).toEqual({ confirmed: 2, waitingFor: 0 });
      await erasures.finish([1], 2, 700);
      expect(await erasures.get(1, 10)).toMatchObject({ state: 'finished', finishedAtMs: 700 });
      expect((await erasures.unfinished()).map(({ id }) => id)).not.toContain(1);
    });
  });
});
