import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SommelierApiError, SommelierClient } from '@sommelier/client';
import { describedOperations, type OpenApiDocument } from '../../benchmarks/fuzz/described-api.ts';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';

jest.setTimeout(90_000);

const DIST = fileURLToPath(new URL('../../packages/client/dist', import.meta.url));

let shop: Installation;
let replica: Replica;
let client: SommelierClient;
let version: string;

beforeAll(async () => {
  shop = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
  const active = await shop.publish(randomModel(5));
  version = active.version;
  replica = await shop.startReplica();
  await replica.serves(active.generation);
  client = new SommelierClient(replica.url, { retries: 0 });
});
afterAll(async () => {
  await shop?.close();
});

describe('the client', () => {
  it('has a method for every operation of the document, but for the second address of one', async () => {
    const { body } = await replica.get<OpenApiDocument>('/openapi.json');
    const ids = describedOperations(body).map(({ id }) => id);
    const missing = ids.filter(
      (id) => typeof (client as unknown as Record<string, unknown>)[id] !== 'function',
    );
    expect(missing).toEqual(['topN']);
  });

  it('imports nothing but itself', () => {
    const files = readdirSync(DIST).filter((name) => name.endsWith('.js'));
    const imported = files.flatMap((name) =>
      [...readFileSync(join(DIST, name), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
        ([, from]) => from,
      ),
    );
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((from) => !from?.startsWith('./'))).toEqual([]);
  });

  it('asks for recommendations of a user and for a list', async () => {
    const best = await client.recommendations('u00003', { n: 3 });
    expect(best).toMatchObject({ userId: 'u00003', strategy: 'personalized', model: { version } });
    expect(best.items.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    const [first] = best.items;
    const without = await client.recommendations('u00003', {
      n: 2,
      exclude: [first!.itemId],
      excludeSeen: true,
    });
    expect(without.items.map(({ itemId }) => itemId)).toEqual(
      best.items.slice(1).map(({ itemId }) => itemId),
    );
    const list = await client.recommendationsForItems({ items: [first!.itemId], n: 4 });
    expect(list.items).toHaveLength(4);
    expect(list.items.map(({ itemId }) => itemId)).not.toContain(first!.itemId);
    expect((await client.recommendations('nobody/ü?&', {})).userId).toBe('nobody/ü?&');
  });

  it('starts a training run and finds it again', async () => {
    const run = await client.startTraining({ training: { epochs: 3 } });
    expect(run).toMatchObject({ status: 'queued', coalesced: false, request: { training: { epochs: 3 } } });
    const { coalesced: _coalesced, ...alone } = run;
    expect(await client.trainingRun(run.id)).toEqual(alone);
    expect(await client.startTraining({ training: { epochs: 3 } })).toEqual({ ...alone, coalesced: true });
    expect((await client.trainingRuns({ status: 'queued', limit: 1 })).runs).toEqual([alone]);
    expect((await client.trainingRuns({ status: 'failed' })).runs).toEqual([]);
  });

  it('pauses and resumes the queue', async () => {
    const { paused, waiting } = await client.queue();
    expect([paused, waiting > 0]).toEqual([false, true]);
    expect(await client.pauseQueue()).toMatchObject({ paused: true, waiting });
    expect(await client.resumeQueue()).toMatchObject({ paused: false, waiting });
  });

  it('writes, shows and deletes schedules', async () => {
    const written = await client.putSchedule('nightly', { cron: '30 3 * * *', priority: 2 });
    expect(written).toMatchObject({ name: 'nightly', timeZone: 'UTC', priority: 2, lastRunId: null });
    expect(written.nextAtMs.map((atMs) => new Date(atMs).toISOString().slice(11, 16))).toEqual(
      Array(3).fill('03:30'),
    );
    const changed = await client.putSchedule('nightly', { cron: '0 4 * * *', enabled: false });
    expect(changed).toMatchObject({ cron: '0 4 * * *', priority: 5, nextAtMs: [] });
    expect(await client.schedule('nightly')).toEqual(changed);
    expect(await client.schedules()).toEqual({ schedules: [changed] });
    expect(await client.deleteSchedule('nightly')).toBeUndefined();
    await expect(client.deleteSchedule('nightly')).rejects.toMatchObject({ code: 'schedule-not-found' });
    // A name that no schedule can have.
    await expect(client.schedule('Night \u0000')).rejects.toMatchObject({ code: 'schedule-not-found' });
  });

  it('shows models and state', async () => {
    const { serving, active, models } = await client.models({ limit: 5 });
    expect([serving.version, active?.version, models[0]?.version]).toEqual([version, version, version]);
    expect(await client.model(version)).toMatchObject(models[0]!);
    expect(await client.health()).toEqual({ status: 'ok' });
    expect(await client.readiness()).toMatchObject({ status: 'ready', model: { version } });
    expect(await client.metrics()).toContain(`sommelier_model_info{version="${version}"} 1`);
  });

  it('sends events and items, merges users, and asks why, what is similar, and for many users', async () => {
    const event = { userId: 'visitor', itemId: 'i00007', type: 'view', timestampMs: 1_700_000_500_000 };
    expect(await client.sendEvents([event])).toEqual({ inserted: 1, duplicates: 0 });
    expect(await client.sendEvents([event])).toEqual({ inserted: 0, duplicates: 1 });
    expect(await client.writeItems([{ itemId: 'i00007', available: true, price: 5 }])).toEqual({ stored: 1 });
    expect(await client.mergeUser('u00009', 'visitor')).toEqual({ moved: 1, duplicates: 0 });
    const why = await client.whyNot('u00003', 'i00007', { include: ['i00008'] });
    expect(why).toMatchObject({ userId: 'u00003', itemId: 'i00007', removedBy: 'include' });
    const similar = await client.similarItems('i00007', { n: 3, exclude: ['i00008'] });
    expect(similar).toMatchObject({ itemId: 'i00007', model: { version } });
    const { results } = await client.recommendationsBatch({ userIds: ['u00003', 'nobody'], n: 2 });
    expect(results.map(({ userId, items }) => [userId, items.length])).toEqual([
      ['u00003', 2],
      ['nobody', 2],
    ]);
  });

  it('rejects with what the API says', async () => {
    const refused = await client.recommendations('u00003', { n: 0 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SommelierApiError);
    expect(refused).toMatchObject({
      code: 'invalid-request',
      status: 400,
      problem: { errors: [{ path: 'n' }] },
    });
    await expect(client.trainingRun('nothing')).rejects.toMatchObject({ code: 'run-not-found', status: 404 });
    await expect(client.model('nothing')).rejects.toMatchObject({ code: 'model-not-found', status: 404 });
  });

  it('tries again until a replica without a model has one', async () => {
    const empty = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
    try {
      const { url } = await empty.startReplica();
      const patient = new SommelierClient(url, { retries: 5, retryBaseMs: 10 });
      expect((await patient.readiness()).status).toBe('not-ready');
      const answer = patient.recommendations('u00001', { n: 1 });
      await empty.publish(randomModel(6));
      expect((await answer).items).toHaveLength(1);
    } finally {
      await empty.close();
    }
  });
});
