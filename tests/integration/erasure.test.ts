import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Erasure, EventInput, Recommendations, TrainingRun } from '@sommelier/contracts';
import { decodeModelFile } from '@sommelier/ncf';
import { connectRedis, createLogger, modelKey, userHash } from '@sommelier/platform';
import { onMysql, PROVIDERS } from '../support/databases.ts';
import { createProcesses, eventually, type ProductProcess } from '../support/processes.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';
import { smallRequest, tastyEvents } from '../support/workers.ts';

jest.setTimeout(180_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
const PLANTED = 'planted-7f3a9c';
/** Short, so that a dead worker's job is soon taken over. */
const JOB_LOCK_MS = '2000';
const { model, training, evaluation } = smallRequest();
const REQUEST = { model, training, evaluation };

const processes = createProcesses();
let shop: Installation;
afterEach(async () => {
  await processes.stopAll();
  await shop?.close();
});

/** The usual events, one of the users with a name that is found wherever it is. */
function plantedEvents(): EventInput[] {
  return tastyEvents().map((event) => (event.userId === 'user-5' ? { ...event, userId: PLANTED } : event));
}

function startWorker(overrides: Record<string, string> = {}): ProductProcess {
  const engine = { ENGINE: 'wasm', ENGINE_THREADS: '2', JOB_LOCK_MS };
  return processes.start('worker', { env: { ...shop.environment, ...engine, ...overrides } });
}

const until = (id: string, what: string, is: (run: TrainingRun) => boolean) =>
  eventually(
    `run ${id} ${what}`,
    async () => {
      const run = await shop.database.trainingRuns.get(id);
      return run !== undefined && is(run) && run;
    },
    { timeoutMs: 60_000 },
  );

async function train(replica: Replica, body: unknown = REQUEST): Promise<TrainingRun> {
  const { id } = await replica.submit(body);
  const run = await until(id, 'ends', ({ finishedAtMs }) => finishedAtMs !== null);
  expect([run.status, run.error]).toEqual(['succeeded', null]);
  return run;
}

/** Waits until all replicas serve what is active. */
async function served(...replicas: Replica[]): Promise<void> {
  const { generation } = (await shop.database.models.active())!;
  for (const replica of replicas) await replica.serves(generation);
}

const erase = (replica: Replica, userId = PLANTED) =>
  replica.get<Erasure>(`/v1/users/${encodeURIComponent(userId)}`, { method: 'DELETE' });

const finished = (replica: Replica, { id }: Erasure) =>
  eventually(
    `erasure ${id} is finished`,
    async () => {
      const { body } = await replica.get<Erasure>(`/v1/erasures/${id}`);
      return body.state === 'finished' && body;
    },
    { timeoutMs: 60_000 },
  );

/** What a user gets, without the model's name. */
async function listOf(replica: Replica, userId: string): Promise<Omit<Recommendations, 'model'>> {
  const { model: _, ...list } = (await replica.recommendations(userId)).body;
  return list;
}

async function filesWith(text: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const found = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(text)) found.push(path);
  }
  return found;
}

/** The tables that have a text, in any column of any row; of SQLite, the files of the database themselves. */
async function databaseHas(text: string): Promise<string[]> {
  const { DATABASE_URL: url = '' } = shop.environment;
  if (url.startsWith('file:')) return filesWith(text, fileURLToPath(new URL('.', url)));
  const tables = await onMysql<Record<string, string>[]>(url, 'SHOW TABLES');
  const found = [];
  for (const table of tables.flatMap(Object.values)) {
    const rows = await onMysql<unknown[]>(url, `SELECT * FROM \`${table}\``);
    const has = JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    if (has.includes(text)) found.push(table);
  }
  return found;
}

/** The keys of the installation in Redis that have a text. */
async function redisHas(text: string): Promise<string[]> {
  const redis = connectRedis(REDIS_URL, 'worker', createLogger('test', 'silent'));
  try {
    const keys = await redis.keys(`${shop.environment.REDIS_PREFIX}*`);
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return keys.filter((_, index) => dumps[index]?.includes(text) ?? false);
  } finally {
    redis.disconnect();
  }
}

describe.each(PROVIDERS)('erasing a user, on %s', (provider) => {
  it('takes them out of every answer within a second, and of every file; who comes back is new', async () => {
    shop = await createInstallation(provider, REDIS_URL);
    await shop.database.events.insert(plantedEvents());
    const [one, two] = [await shop.startReplica(), await shop.startReplica()];
    startWorker();
    const first = await train(one);
    const second = await train(one, { ...REQUEST, force: true, training: { ...REQUEST.training, seed: 7 } });
    await shop.database.models.setPinned(first.modelVersion!, true);
    await served(one, two);
    for (const replica of [one, two])
      expect(await listOf(replica, PLANTED)).toMatchObject({ strategy: 'personalized' });
    const before = await Promise.all(['user-4', 'user-6', 'user-159'].map((user) => listOf(one, user)));
    // All of it is there to be found: otherwise that nothing is found later would prove nothing.
    const { ARTIFACT_DIR: folder = '' } = shop.environment;
    expect((await filesWith(PLANTED, folder)).length).toBeGreaterThanOrEqual(3);
    expect((await databaseHas(PLANTED)).length).toBeGreaterThan(0);

    const { status, headers, body } = await erase(one);
    expect([status, headers.get('Location')]).toEqual([202, `/v1/erasures/${body.id}`]);
    expect(body).toMatchObject({ eventsDeleted: 12, userHash: userHash(PLANTED) });
    expect(await listOf(one, PLANTED)).toMatchObject({ strategy: 'popular' });
    await eventually(
      'the other replica forgets the user',
      async () => (await listOf(two, PLANTED)).strategy === 'popular',
    );

    const receipt = await finished(two, body);
    expect(receipt).toMatchObject({
      ...{ id: body.id, eventsDeleted: 12, versionsReplaced: 2, versionsDeleted: 0, snapshotsDeleted: 1 },
      ...{ filesDeleted: 5, filesToDelete: 0, replicas: { confirmed: 2, waitingFor: 0 } },
    });
    expect(await Promise.all(['user-4', 'user-6', 'user-159'].map((user) => listOf(two, user)))).toEqual(
      before,
    );
    await expectSuccessors(first.modelVersion!, second.modelVersion!);
    expect(await filesWith(PLANTED, folder)).toEqual([]);
    expect(await redisHas(PLANTED)).toEqual([]);
    // A reader may have kept the written-ahead log from being cut for a moment.
    await eventually('the database has nothing of the user', async () => {
      await shop.database.erasures.wipeFreedPages();
      return (await databaseHas(PLANTED)).length === 0;
    });

    expect((await erase(two)).body).toMatchObject({ id: body.id + 1, eventsDeleted: 0 });
    const nobody = (await erase(two, 'nobody-knows-me')).body;
    expect(await finished(one, nobody)).toMatchObject({
      ...{ eventsDeleted: 0, versionsReplaced: 0, versionsDeleted: 0, snapshotsDeleted: 0, filesDeleted: 0 },
    });
    await expectSomebodyNew(one, two);
  });
});

/** The old versions are marked and gone; their successors have their place, and nobody of the erased. */
async function expectSuccessors(pinned: string, activated: string): Promise<void> {
  const { models } = shop.database;
  const active = (await models.active())!;
  const all = await models.list({ limit: 10 });
  for (const old of [pinned, activated]) {
    const row = all.find(({ version }) => version === old);
    expect(row).toMatchObject({ status: 'erased', pinned: false, active: false });
    expect([row?.filesDeletedAtMs, row?.manifest.probes]).toEqual([expect.any(Number), []]);
    const successor = all.find(({ manifest }) => manifest.successorOf === old)!;
    expect(successor).toMatchObject({ status: 'archived', pinned: old === pinned, filesDeletedAtMs: null });
    expect(successor.active).toBe(old === activated);
    const model = decodeModelFile(await shop.artifacts.get(modelKey(successor.version)));
    expect(model.userIds.indexOf(PLANTED)).toBe(-1);
    expect(model.userIds.count).toBe(row!.manifest.counts.users - 1);
  }
  expect(active.activatedBy).toMatch(/^erasure:\d+$/);
}

async function expectSomebodyNew(one: Replica, two: Replica): Promise<void> {
  const events = tastyEvents()
    .filter(({ userId }) => userId === 'user-8')
    .map((event) => ({ ...event, userId: PLANTED }));
  expect((await one.post('/v1/events', { events })).status).toBe(200);
  await eventually('both know what the new person did', async () => {
    const lists = await Promise.all([one, two].map((replica) => listOf(replica, PLANTED)));
    return lists.every(({ strategy }) => strategy === 'folded-in');
  });
  await train(one, { ...REQUEST, force: true });
  await served(one, two);
  for (const replica of [one, two])
    expect(await listOf(replica, PLANTED)).toMatchObject({ strategy: 'personalized' });
}

describe('an erasure', () => {
  it('of a user whom a run in training has read: the run is published all the same, without the user', async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    await shop.database.events.insert(plantedEvents());
    const replica = await shop.startReplica();
    startWorker();
    await train(replica);
    const longer = { ...REQUEST.training, epochs: 400, patience: 400, negativesPerPositive: 32 };
    const { id } = await replica.submit({ ...REQUEST, force: true, training: longer });
    await until(id, 'trains', ({ progress }) => (progress?.epoch ?? 0) > 0);
    const { body } = await erase(replica);
    // The model that serves is replaced while the run goes on: that must not take the run's right to be published.
    await eventually('the successor is active', async () =>
      (await shop.database.models.active())?.activatedBy.startsWith('erasure:'),
    );
    expect((await shop.database.trainingRuns.get(id))?.status).toBe('running');
    expect((await replica.get<Erasure>(`/v1/erasures/${body.id}`)).body.state).toBe('running');
    const run = await until(id, 'ends', ({ finishedAtMs }) => finishedAtMs !== null);
    expect([run.status, run.error]).toEqual(['succeeded', null]);
    const model = decodeModelFile(await shop.artifacts.get(modelKey(run.modelVersion!)));
    expect([model.userIds.indexOf(PLANTED), model.userIds.count]).toEqual([-1, 159]);
    expect((await shop.database.models.active())?.version).toBe(run.modelVersion);
    const receipt = await finished(replica, body);
    expect(receipt.finishedAtMs).toBeGreaterThanOrEqual(run.finishedAtMs!);
    expect(await filesWith(PLANTED, shop.environment.ARTIFACT_DIR!)).toEqual([]);
  });

  it('that a killed worker has left half-way is carried out by the next one', async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    await shop.database.events.insert(plantedEvents());
    const replica = await shop.startReplica();
    const trainer = startWorker();
    await train(replica);
    await train(replica, { ...REQUEST, force: true, training: { ...REQUEST.training, seed: 7 } });
    await trainer.stop();
    const { body } = await erase(replica);
    const filesBefore = (await shop.artifacts.list('models/')).length;
    const places: (() => Promise<boolean>)[] = [
      // While the first successor is being written, and when it is there and its row may not be.
      async () => (await shop.artifacts.list('models/')).length > filesBefore,
      // When the rows say that files are to go.
      async () => (await shop.database.erasures.filesToDelete()).length > 0,
    ];
    for (const isThere of places) {
      const worker = startWorker();
      await eventually('the worker is half-way', isThere, { everyMs: 1, timeoutMs: 60_000 });
      worker.kill('SIGKILL');
      await worker.exited();
    }
    startWorker();
    expect(await finished(replica, body)).toMatchObject({ versionsReplaced: 2, filesToDelete: 0 });
    expect(await filesWith(PLANTED, shop.environment.ARTIFACT_DIR!)).toEqual([]);
    expect((await shop.artifacts.list('models/')).length).toBe(filesBefore);
  });
});
