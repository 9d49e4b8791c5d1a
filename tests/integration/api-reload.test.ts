import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Model } from '@sommelier/ncf';
import { manifestKey, modelKey } from '@sommelier/platform';
import { onMysql } from '../support/databases.ts';
import { expectExact } from '../support/expect-exact.ts';
import { eventually } from '../support/processes.ts';
import { historyOf, randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Readiness, type Replica } from '../support/replicas.ts';
import { startRedis } from '../support/services/redis.ts';

jest.setTimeout(180_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';

describe('a model that must not be served', () => {
  let shop: Installation;
  let replica: Replica;
  const good = randomModel(20);

  beforeAll(async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    replica = await shop.startReplica({ MODEL_POLL_MS: '300' });
    const { generation } = await shop.publish(good);
    await replica.serves(generation);
  });
  afterAll(async () => {
    await shop?.close();
  });

  const refused = (version: string) =>
    eventually('the model is refused', async () => {
      const { status, body } = await replica.get<Readiness>('/readyz');
      return body.model.lastReloadError?.version === version ? { status, body } : undefined;
    });

  it.each([
    ['in its weights', 0.5, 'model-file-invalid'],
    ['in its header', 0.0005, 'model-file-invalid'],
  ])(
    'is refused with a flipped bit %s; the old one serves on and the failure shows',
    async (_name, place, code) => {
      const before = (await replica.get<Readiness>('/readyz')).body.model.generation;
      const version = await shop.store(randomModel(21), (bytes) => {
        const at = Math.floor(bytes.length * place);
        bytes[at] = bytes[at]! ^ 1;
      });
      await shop.announce(await shop.activate(version));
      const { status, body } = await refused(version);
      expect(status).toBe(200);
      expect(body.model.generation).toBe(before);
      expect(body.model.lastReloadError).toMatchObject({ version, code });
      const { body: models } = await replica.get<{ serving: unknown }>('/v1/models');
      expect(models.serving).toMatchObject({ generation: before, lastReloadError: { version, code } });
      const answer = await replica.recommendations('u00000');
      expectExact(answer.body, good, 'u00000', 10, historyOf(good, 'u00000'));
    },
  );

  it('is refused without its file, and served once the file is there, by the poll alone', async () => {
    const model = randomModel(22);
    const version = await shop.store(model);
    const bytes = await shop.artifacts.get(modelKey(version));
    await shop.artifacts.delete(modelKey(version));
    const { generation } = await shop.activate(version);
    expect((await refused(version)).body.model.lastReloadError?.code).toBe('artifact-not-found');
    await shop.artifacts.put(modelKey(version), bytes);
    await replica.serves(generation);
    const { body } = await replica.recommendations('u00000');
    expectExact(body, model, 'u00000', 10, historyOf(model, 'u00000'));
    expect((await replica.get<Readiness>('/readyz')).body.model.lastReloadError).toBeNull();
  });

  it('is refused when manifest and file agree with each other but not with the row', async () => {
    const version = await shop.store(randomModel(23));
    const otherVersion = await shop.store(randomModel(24));
    const manifest = JSON.parse(
      new TextDecoder().decode(await shop.artifacts.get(manifestKey(otherVersion))),
    ) as object;
    await shop.artifacts.put(modelKey(version), await shop.artifacts.get(modelKey(otherVersion)));
    const forged = new TextEncoder().encode(JSON.stringify({ ...manifest, version }));
    await shop.artifacts.put(manifestKey(version), forged);
    await shop.activate(version);
    expect((await refused(version)).body.model.lastReloadError?.code).toBe('model-file-invalid');
  });
});

it('answers every request during many swaps, each wholly by the model that it names', async () => {
  const shop = await createInstallation('sqlite', REDIS_URL);
  try {
    const models = new Map<string, Model>();
    const prepared: string[] = [];
    for (let index = 0; index < 21; index++) {
      const model = randomModel(100 + index, 40, 101);
      const version = await shop.store(model);
      models.set(version, model);
      prepared.push(version);
    }
    const replica = await shop.startReplica({ SCORING_THREADS: '2' });
    const start = await shop.activate(prepared[0]!);
    await shop.announce(start);
    await replica.serves(start.generation);

    let swapping = true;
    const swaps = (async () => {
      for (const version of prepared.slice(1)) {
        const active = await shop.activate(version);
        await shop.announce(active);
        await replica.serves(active.generation);
      }
      swapping = false;
    })();
    const served = new Set<string>();
    let requests = 0;
    const client = async (offset: number) => {
      for (let index = offset; swapping || index < 50; index++) {
        const userId = `u${String(index % 40).padStart(5, '0')}`;
        const { status, body } = await replica.recommendations(userId);
        expect(status).toBe(200);
        const model = models.get(body.model.version)!;
        expectExact(body, model, userId, 10, historyOf(model, userId));
        served.add(body.model.version);
        requests++;
      }
    };
    await Promise.all([swaps, ...[0, 1, 2, 3].map(client)]);
    expect(requests).toBeGreaterThanOrEqual(200);
    expect(served.size).toBeGreaterThan(15);
  } finally {
    await shop.close();
  }
});

it('finds a model whose message was lost by its poll', async () => {
  const shop = await createInstallation('sqlite', REDIS_URL);
  try {
    const replica = await shop.startReplica({ MODEL_POLL_MS: '200' });
    const { generation } = await shop.activate(await shop.store(randomModel(30)));
    await replica.serves(generation);
  } finally {
    await shop.close();
  }
});

it('serves by the history of the model, and says so, while the database does not say what a user has seen', async () => {
  const shop = await createInstallation('mysql', REDIS_URL);
  try {
    const model = randomModel(50);
    const replica = await shop.startReplica();
    const { generation } = await shop.publish(model);
    await replica.serves(generation);
    await onMysql(shop.environment.DATABASE_URL ?? '', 'RENAME TABLE Event TO Gone');
    const { status, headers, body } = await replica.recommendations('u00005');
    expect([status, headers.get('Sommelier-Seen-From')]).toEqual([200, 'model']);
    expectExact(body, model, 'u00005', 10, historyOf(model, 'u00005'));
    const page = await replica.get('/topN=3for_user=u00005', { headers: { Accept: 'text/html' } });
    expect([page.status, page.headers.get('Sommelier-Seen-From')]).toEqual([200, 'model']);
  } finally {
    await shop.close();
  }
});

it('serves on while Redis is away, refuses training runs at once, and recovers', async () => {
  let redis = await startRedis();
  const shop = await createInstallation('sqlite', redis.url);
  try {
    const replica = await shop.startReplica({ ADMIN_PASSWORD: 'secret' });
    const { generation } = await shop.publish(randomModel(40));
    await replica.serves(generation);
    await redis.stop();
    await eventually('Redis is seen to be away', async () => {
      const { status, body } = await replica.get<Readiness>('/readyz');
      return status === 200 && !body.redis.ok;
    });
    const startedAt = performance.now();
    expect(await replica.train({})).toMatchObject({ status: 503, body: { code: 'queue-unavailable' } });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect((await shop.database.trainingRuns.list({ limit: 10 })).map((run) => run.status)).toEqual([
      'failed',
    ]);
    expect((await replica.recommendations('u00000')).status).toBe(200);
    const login = { headers: { Authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}` } };
    expect(await replica.get('/admin/queues/api/queues', login)).toMatchObject({
      status: 503,
      body: { code: 'queue-unavailable' },
    });
    // Published while nobody could be told: the resubscription finds it.
    const missed = await shop.activate(await shop.store(randomModel(41)));
    redis = await startRedis({ port: redis.port });
    await replica.serves(missed.generation);
    expect(await replica.train({})).toMatchObject({ status: 202 });
  } finally {
    await shop.close();
    await redis.stop();
  }
});

it('starts without Redis and the database, stays up, and recovers when they come', async () => {
  let redis = await startRedis();
  await redis.stop();
  const shop = await createInstallation('mysql', redis.url);
  try {
    const replica = await shop.startReplica({ MODEL_POLL_MS: '300', ADMIN_PASSWORD: 'secret' });
    const stranded = await shop.startReplica({ DATABASE_URL: 'mysql://nobody:secret@127.0.0.1:9/nothing' });
    expect((await stranded.get('/healthz')).status).toBe(200);
    const readiness = await stranded.get<Readiness>('/readyz');
    expect(readiness).toMatchObject({ status: 503, body: { database: { ok: false }, redis: { ok: false } } });
    expect(JSON.stringify(readiness.body)).not.toContain('secret');
    expect(await stranded.get('/v1/models')).toMatchObject({
      status: 503,
      body: { code: 'database-unavailable' },
    });
    expect(await stranded.train({})).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
    expect(await replica.train({})).toMatchObject({ status: 503, body: { code: 'queue-unavailable' } });
    redis = await startRedis({ port: redis.port });
    const accepted = await eventually('a training run is accepted', async () => {
      const answer = await replica.train({});
      return answer.status === 202 && answer;
    });
    expect(accepted.body.status).toBe('queued');
    const login = { headers: { Authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}` } };
    const board = await replica.get<{ queues: { counts: { prioritized: number } }[] }>(
      '/admin/queues/api/queues',
      login,
    );
    expect(board.body.queues[0]?.counts.prioritized).toBe(1);
  } finally {
    await shop.close();
    await redis.stop();
  }
});
