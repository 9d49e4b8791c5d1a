import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiKey, ApiRole } from '@sommelier/contracts';
import { createApiKey, newApiKey } from '@sommelier/platform';
import { createProcesses, eventually } from '../support/processes.ts';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';
import { runCli } from '../support/run-cli.ts';
import { startRedis } from '../support/services/redis.ts';

jest.setTimeout(400_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
const RECOMMENDATIONS = '/v1/users/u00001/recommendations';

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const json = (token: string, body: unknown) => ({
  method: 'POST',
  headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

async function keyOf(shop: Installation, ...roles: ApiRole[]): Promise<{ key: ApiKey; token: string }> {
  return createApiKey(shop.database.apiKeys, { name: roles.join(' '), roles, nowMs: Date.now() });
}

async function statusesOf(replica: Replica, path: string, token: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await replica.get(path, bearer(token))).status);
  return statuses;
}

/** A login through the page, as a browser's form sends it. */
function logIn(
  replica: Replica,
  secret: string,
  next = '/admin/queues',
  headers: Record<string, string> = {},
) {
  return replica.get('/login', {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: replica.url, ...headers },
    body: new URLSearchParams({ secret, next, username: 'sommelier' }),
  });
}

describe.each(['sqlite', 'mysql'] as const)('keys on %s', (provider) => {
  let shop: Installation;
  let replicas: Replica[];
  const cli = (...args: string[]) =>
    runCli(['keys', ...args], { DATABASE_URL: shop.environment.DATABASE_URL ?? '' });

  beforeAll(async () => {
    shop = await createInstallation(provider, REDIS_URL);
    replicas = await Promise.all([shop.startReplica(), shop.startReplica()]);
  });
  afterAll(() => shop?.close());

  it('are made, listed, used, and refused by every replica seconds after they are revoked', async () => {
    const [first, second] = replicas as [Replica, Replica];
    expect((await first.get('/v1/models')).status).toBe(200);
    const made = await cli('create', '--name', 'the shop', '--role', 'operate', '--role', 'recommend');
    expect(made.code).toBe(0);
    const token = made.stdout.trim();
    const id = token.split('_')[1] ?? '';
    expect(made.stderr).toContain(`Key ${id} of "the shop" may recommend, operate.`);
    expect(made.stderr).not.toContain(token);
    // The first key closes an open API at the next poll.
    for (const replica of replicas) {
      await eventually('the API is closed', async () => (await replica.get('/v1/models')).status === 401);
      expect((await replica.get('/v1/models')).body.code).toBe('unauthorized');
      expect((await replica.get('/v1/models', bearer(token))).status).toBe(200);
    }
    const [stored] = await shop.database.apiKeys.list();
    expect(JSON.stringify(stored)).not.toContain(token.slice(-43));

    const other = await keyOf(shop, 'operate');
    for (const replica of replicas) {
      expect((await replica.get('/v1/models', bearer(other.token))).status).toBe(200);
    }
    const listed = await cli('list', '--json');
    expect(JSON.parse(listed.stdout)).toEqual([
      expect.objectContaining({ id: other.key.id }),
      expect.objectContaining({ id, name: 'the shop', roles: ['recommend', 'operate'], revokedAtMs: null }),
    ]);
    expect((await cli('list')).stdout).toContain('the shop');

    const revoked = await cli('revoke', id);
    expect([revoked.code, revoked.stdout]).toEqual([0, expect.stringContaining(`Key ${id} of "the shop"`)]);
    for (const replica of replicas) {
      await eventually(
        'the revoked key is refused',
        async () => (await replica.get('/v1/models', bearer(token))).status === 401,
        { timeoutMs: 10_000 },
      );
      expect((await replica.get('/v1/models', bearer(other.token))).status).toBe(200);
    }
    expect((await second.get('/healthz')).status).toBe(200);
  });

  it('are not made wrongly, and one that is not there is not revoked', async () => {
    expect(await cli('create', '--name', 'x', '--role', 'everything')).toMatchObject({ code: 2, stdout: '' });
    expect(await cli('create', '--name', ' ', '--role', 'ingest')).toMatchObject({ code: 1, stdout: '' });
    expect(await cli('create', '--name', 'x')).toMatchObject({ code: 2, stdout: '' });
    const gone = await cli('revoke', '0000000000000000');
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('error[key-not-found]')]);
  });

  it('may do what their roles say, and hear nothing about what there is elsewhere', async () => {
    const [replica] = replicas as [Replica];
    const recommend = (await keyOf(shop, 'recommend')).token;
    const operate = (await keyOf(shop, 'operate')).token;
    const ingest = (await keyOf(shop, 'ingest')).token;
    // No model is loaded: what comes behind the gate answers 503 here.
    expect((await replica.get(RECOMMENDATIONS, bearer(recommend))).body.code).toBe('no-model');
    expect((await replica.get(RECOMMENDATIONS, bearer(ingest))).body.code).toBe('forbidden');
    expect((await replica.get(RECOMMENDATIONS, bearer(operate))).body.code).toBe('forbidden');
    expect((await replica.get('/v1/training-runs', json(recommend, {}))).status).toBe(403);
    expect((await replica.get('/v1/training-runs/', json(recommend, {}))).status).toBe(403);
    expect((await replica.get('/v1/training-runs', bearer(operate))).status).toBe(200);
    for (const path of ['/v1/models', '/v1/nothing', '/nothing']) {
      expect((await replica.get(path)).body.code).toBe('unauthorized');
      expect((await replica.get(path, bearer(recommend))).body.code).toBe('forbidden');
    }
    expect((await replica.get('/nothing', bearer(operate))).body.code).toBe('not-found');
    const answer = await replica.get('/v1/models', bearer(newApiKey().token));
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="sommelier"');
    const basic = { headers: { Authorization: `Basic ${btoa(`curl:${operate}`)}` } };
    expect((await replica.get('/v1/models', basic)).status).toBe(200);
  });

  it('are sent by the commands that ask an API', async () => {
    const [replica] = replicas as [Replica];
    const { token } = await keyOf(shop, 'operate');
    const list = (env: Record<string, string>) => runCli(['runs', 'list', '--url', replica.url], env);
    expect(await list({ API_KEY: token })).toMatchObject({ code: 0 });
    const refused = await list({});
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('error[unauthorized]')]);
  });

  it('have their last use written when a replica stops', async () => {
    const { key, token } = await keyOf(shop, 'operate');
    const replica = await shop.startReplica();
    expect((await replica.get('/v1/models', bearer(token))).status).toBe(200);
    await replica.process.stop();
    const stored = (await shop.database.apiKeys.list()).find(({ id }) => id === key.id);
    expect(stored?.lastUsedAtMs).toBeGreaterThanOrEqual(key.createdAtMs);
  });
});

describe('an address that other machines can reach', () => {
  it('is refused without a key, and used with one, from the database or the environment', async () => {
    const shop = await createInstallation('sqlite', REDIS_URL);
    const processes = createProcesses();
    try {
      const env = { ...shop.environment, HOST: '0.0.0.0' };
      const refused = processes.start('api', { env });
      expect(await refused.exited()).toBe(1);
      expect(refused.lines.join('\n')).toMatch(
        /0\.0\.0\.0 only when there is an API key.*sommelier keys create/,
      );
      const API_KEY = 'k'.repeat(40);
      const replica = await shop.startReplica({ HOST: '0.0.0.0', API_KEY });
      expect((await replica.get('/v1/models')).status).toBe(401);
      expect((await replica.get('/v1/models', bearer(API_KEY))).status).toBe(200);
      const { token, key } = await keyOf(shop, 'operate');
      const other = await shop.startReplica({ HOST: '0.0.0.0' });
      expect((await other.get('/v1/models', bearer(token))).status).toBe(200);
      expect((await other.get('/v1/models', bearer(API_KEY))).status).toBe(401);
      // When the last key is gone nobody may do anything; the replica does not open.
      await shop.database.apiKeys.revoke(key.id, Date.now());
      await eventually(
        'the key is refused',
        async () => (await other.get('/v1/models', bearer(token))).status === 401,
      );
      expect((await other.get('/v1/models')).status).toBe(401);
    } finally {
      await processes.stopAll();
      await shop.close();
    }
  });

  it('is refused while the database cannot say whether there is a key', async () => {
    const processes = createProcesses();
    try {
      const DATABASE_URL = 'mysql://nobody:secret-password@127.0.0.1:9/nothing';
      const env = { HOST: '0.0.0.0', PORT: '0', DATABASE_URL, REDIS_URL };
      const refused = processes.start('api', { env });
      expect(await refused.exited()).toBe(1);
      const output = refused.lines.join('\n');
      expect(output).toMatch(/does not listen on 0\.0\.0\.0 before it has read its keys.*ECONNREFUSED/);
      expect(output).not.toContain('secret-password');
    } finally {
      await processes.stopAll();
    }
  });
});

describe('limits', () => {
  const LIMITS = { recommendPerMinute: 20, refusedPerMinute: 8 };
  let shop: Installation;
  let config: Record<string, string>;

  beforeAll(async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    config = { SOMMELIER_CONFIG: await shop.configFile({ limits: LIMITS }) };
  });
  afterAll(() => shop?.close());

  it('count a key over all replicas, and tell it where it stands', async () => {
    const { token } = await keyOf(shop, 'recommend');
    const other = await keyOf(shop, 'recommend');
    const { generation } = await shop.publish(randomModel(3));
    const replicas = await Promise.all([shop.startReplica(config), shop.startReplica(config)]);
    const [first, second] = replicas as [Replica, Replica];
    await Promise.all(replicas.map((replica) => replica.serves(generation)));

    const answer = await first.get(RECOMMENDATIONS, bearer(token));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('RateLimit-Policy')).toBe('"recommend";q=20;w=60');
    expect(answer.headers.get('RateLimit')).toBe('"recommend";r=19;t=60');

    const statuses: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      for (const replica of replicas)
        statuses.push(...(await statusesOf(replica, RECOMMENDATIONS, token, 1)));
    }
    const allowed = 1 + statuses.filter((status) => status === 200).length;
    expect(allowed).toBeGreaterThanOrEqual(20);
    // Each replica counts alone until the shared count has answered.
    expect(allowed).toBeLessThanOrEqual(24);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    for (const replica of [first, second]) {
      const refused = await replica.get(RECOMMENDATIONS, bearer(token));
      expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
      expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
      expect(refused.headers.get('RateLimit')).toMatch(/^"recommend";r=0;t=\d+$/);
      expect((await replica.get(RECOMMENDATIONS, bearer(other.token))).status).toBe(200);
      expect((await replica.get('/healthz')).status).toBe(200);
    }
  });

  it('end the guessing of keys and passwords from an address, and keep good keys out of it', async () => {
    const { token } = await keyOf(shop, 'operate');
    const replica = await shop.startReplica({
      ...config,
      ADMIN_PASSWORD: 'correct-password',
      REDIS_PREFIX: `guesses-${Date.now()}`,
    });
    const guess = (password: string) =>
      replica.get('/v1/models', { headers: { Authorization: `Basic ${btoa(`admin:${password}`)}` } });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await guess(`wrong${i}`)).status);
    expect(statuses.slice(0, 8)).toEqual(Array(8).fill(401));
    expect(statuses.slice(8)).toEqual(Array(4).fill(429));
    // Also the right one is not looked at any more.
    expect((await guess('correct-password')).status).toBe(429);
    expect((await logIn(replica, 'correct-password')).status).toBe(429);
    expect((await replica.get('/v1/models', bearer(token))).status).toBe(200);
  });

  it('hold on each replica while Redis is away, and serving goes on', async () => {
    let redis = await startRedis();
    const own = await createInstallation('sqlite', redis.url);
    try {
      const { token } = await keyOf(own, 'recommend');
      const { generation } = await own.publish(randomModel(4));
      const replica = await own.startReplica(config);
      await replica.serves(generation);
      expect(await statusesOf(replica, RECOMMENDATIONS, token, 5)).toEqual(Array(5).fill(200));
      await redis.stop();
      expect(await statusesOf(replica, RECOMMENDATIONS, token, 15)).toEqual(Array(15).fill(200));
      expect(await statusesOf(replica, RECOMMENDATIONS, token, 2)).toEqual([429, 429]);
      const log = () => replica.process.lines.join('\n');
      expect(log()).toContain('requests are counted by each replica alone until Redis is back');
      redis = await startRedis({ port: redis.port });
      await replica.process.waitForLine(/requests are counted for all replicas together again/);
    } finally {
      await own.close();
      await redis.stop();
    }
  });
});
