import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  type RunConfig,
  runConfigSchema,
  scheduleRequestSchema,
  type Verification,
} from '@sommelier/contracts';
import { type Database, openDatabase } from '@sommelier/platform';
import { freshDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';

jest.setTimeout(60_000);

const config = (seed: number): RunConfig => runConfigSchema.parse({ training: { seed } });
const problem = {
  type: 'about:blank',
  title: 'x',
  status: 503,
  detail: 'it’s away',
  code: 'queue-unavailable',
};

describe.each(PROVIDERS)('training runs, schedules and leases on %s', (provider) => {
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

  test('a run that verifies a version joins only one of the same version, and keeps what came of it', async () => {
    const runs = database.trainingRuns;
    const trains = (await runs.createOrJoin(config(70), 1)).run;
    expect(trains).toMatchObject({ kind: 'train', verifies: null, verification: null });
    const { run, created } = await runs.createOrJoin(config(70), 1, { priority: 9, verifies: 'one' });
    expect({ created, run }).toMatchObject({ created: true, run: { kind: 'verify', verifies: 'one' } });
    expect((await runs.createOrJoin(config(70), 2, { priority: 9, verifies: 'two' })).created).toBe(true);
    const joined = await runs.createOrJoin(config(70), 2, { priority: 3, verifies: 'one' });
    expect(joined).toMatchObject({ created: false, run: { id: run.id, priority: 3 } });
    const attempt = (await runs.begin(run.id, 3)) ?? 0;
    const verification: Verification = {
      outcome: 'differs',
      reason: null,
      detail: 'It’s not the same.',
      bytes: { recorded: 'a', now: 'b' },
      metrics: [{ path: 'epochs', recorded: 3, now: null }],
      codeRevision: null,
    };
    expect(await runs.update(run.id, attempt, { status: 'succeeded', verification })).toBe(true);
    expect(await runs.get(run.id)).toMatchObject({ status: 'succeeded', verification, modelVersion: null });
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
    expect(attempts.sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
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
    const { run } = await runs.createOrJoin(config(60), 1, { priority: 7 });
    expect(run.priority).toBe(7);
    expect((await runs.createOrJoin(config(60), 2, { priority: 9 })).run.priority).toBe(7);
    expect((await runs.createOrJoin(config(60), 2, { priority: 2 })).run).toMatchObject({
      id: run.id,
      priority: 2,
    });
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
