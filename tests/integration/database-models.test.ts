import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Manifest, type RunConfig, runConfigSchema, SommelierError } from '@sommelier/contracts';
import { exampleManifest } from '@sommelier/contracts/testing';
import { type Database, openDatabase } from '@sommelier/platform';
import { freshDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';

jest.setTimeout(60_000);

const config = (seed: number): RunConfig => runConfigSchema.parse({ training: { seed } });

describe.each(PROVIDERS)('model versions on %s', (provider) => {
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
      erasedThrough: 0,
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
    expect([await models.retire(version, 9), await models.retire(active.version, 9)]).toEqual([false, false]);
    await models.setPinned(version, false);
    expect([await models.retire(version, 9), await models.retire(version, 10)]).toEqual([true, false]);
    expect(await models.get(version)).toMatchObject({ filesDeletedAtMs: 9, pinned: false });
    await expect(models.activate(activation)).rejects.toMatchObject({ code: 'model-unusable' });
    await expect(models.setPinned(version, true)).rejects.toMatchObject({ code: 'model-unusable' });
    await expect(models.setPinned('nothing', true)).rejects.toMatchObject({ code: 'model-not-found' });
    expect(await models.active()).toEqual(active);
    expect((await models.candidatesOf(manifest(4).runId)).map((model) => model.version)).toEqual([version]);
    expect(await models.versionsOf(manifest(4).runId)).toEqual([version]);
    expect(await models.versionsOf('unknown')).toEqual([]);
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
