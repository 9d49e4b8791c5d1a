import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectRedis, createLogger, newApiKey } from '@sommelier/platform';
import { onMysql } from '../support/databases.ts';
import { createProcesses, eventually, type ProductProcess } from '../support/processes.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';
import { runCli } from '../support/run-cli.ts';
import { startRedis } from '../support/services/redis.ts';

jest.setTimeout(120_000);

const DATABASE_PASSWORD = 'dB pa$$"word';
const REDIS_PASSWORD = 'r3dis-passw0rd';
const ADMIN_PASSWORD = 'adm1n:p@ss"word';
const { token: API_KEY } = newApiKey();

/** Every form in which one of the secrets would give itself away. */
const FORMS = [DATABASE_PASSWORD, REDIS_PASSWORD, ADMIN_PASSWORD, API_KEY.slice(-43)].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll('%20', '+'),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64'),
]);

/** The secrets that a text gives away. */
const leaksOf = (text: string): string[] => FORMS.filter((form) => text.includes(form));

describe('secrets', () => {
  let shop: Installation;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let user: string;
  let env: Record<string, string>;
  const processes = createProcesses();
  const answers: string[] = [];
  const outputs: ProductProcess[] = [];

  const ask = async (replica: Replica, path: string, init: RequestInit = {}) => {
    const answer = await replica.get(path, init);
    answers.push(JSON.stringify([answer.status, [...answer.headers], answer.body]));
    return answer;
  };

  beforeAll(async () => {
    redis = await startRedis();
    const { hostname, port } = new URL(redis.url);
    const setUp = connectRedis(redis.url, 'worker', createLogger('test', 'silent'));
    await setUp.config('SET', 'requirepass', REDIS_PASSWORD);
    setUp.disconnect();
    const redisUrl = `redis://:${REDIS_PASSWORD}@${hostname}:${port}`;
    shop = await createInstallation('mysql', redisUrl);
    const address = new URL(shop.environment.DATABASE_URL ?? '');
    user = `secret_${address.pathname.slice(-8)}`;
    const database = address.pathname.slice(1);
    const grant = `CREATE USER '${user}'@'%' IDENTIFIED BY '${DATABASE_PASSWORD}';
      GRANT ALL ON ${database}.* TO '${user}'@'%'`;
    await onMysql(address.href, grant);
    address.username = user;
    address.password = encodeURIComponent(DATABASE_PASSWORD);
    env = { ...shop.environment, DATABASE_URL: address.href, ADMIN_PASSWORD, API_KEY, LOG_LEVEL: 'trace' };
  });
  afterAll(async () => {
    await processes.stopAll();
    if (user !== undefined) await onMysql(shop.environment.DATABASE_URL ?? '', `DROP USER '${user}'@'%'`);
    await shop?.close();
    await redis?.stop();
  });

  it('stay out of output, answers and Redis, whatever goes wrong', async () => {
    const replica = await shop.startReplica(env);
    const worker = processes.start('worker', { env: { ...env, ENGINE: 'wasm' } });
    outputs.push(replica.process, worker);
    const key = { Authorization: `Bearer ${API_KEY}` };
    const login = { Authorization: `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}` };
    expect((await ask(replica, '/v1/models', { headers: key })).status).toBe(200);
    expect((await ask(replica, '/v1/models', { headers: login })).status).toBe(200);

    // The key where it does not belong.
    for (const path of [
      `?api_key=${API_KEY}`,
      `?${API_KEY}=1`,
      `?n=${API_KEY}`,
      `?api_key=${encodeURIComponent(ADMIN_PASSWORD)}`,
    ]) {
      await ask(replica, `/v1/models${path}`, { headers: key });
      await ask(replica, `/v1/models${path}`);
    }
    await ask(replica, `/v1/${API_KEY}`, { headers: key });
    await ask(replica, `/v1/models/${API_KEY}`, { headers: key });
    await ask(replica, `/v1/training-runs/${API_KEY}`, { headers: key });
    const post = (body: string) => ({
      method: 'POST',
      headers: { ...key, 'Content-Type': 'application/json' },
      body,
    });
    await ask(replica, '/v1/training-runs', post(`{"${API_KEY}": 1}`));
    await ask(replica, '/v1/training-runs', post(`{"data": {"${API_KEY}": 1}}`));
    await ask(replica, '/v1/training-runs', post(`{ ${API_KEY}`));
    await ask(replica, '/login', {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: replica.url },
      body: new URLSearchParams({ secret: API_KEY, next: '/' }),
    });

    // A run that fails for want of events, so that there are jobs with their logs and reasons.
    const { body: run } = await ask(replica, '/v1/training-runs', post('{}'));
    await eventually('the run has ended', async () => {
      const { status } = (await shop.database.trainingRuns.get((run as unknown as { id: string }).id)) ?? {};
      return status === 'failed';
    });

    // The services away or refusing.
    await onMysql(shop.environment.DATABASE_URL ?? '', `ALTER USER '${user}'@'%' IDENTIFIED BY 'other'`);
    const stranded = await shop.startReplica(env);
    outputs.push(stranded.process);
    await ask(stranded, '/v1/models', { headers: key });
    await ask(stranded, '/readyz');
    for (const [name, value] of [
      ['DATABASE_URL', `mysql://${user}:${DATABASE_PASSWORD}@no host/x`],
      ['DATABASE_URL', `postgres://${user}:${encodeURIComponent(DATABASE_PASSWORD)}@db/x`],
      ['REDIS_URL', `http://:${REDIS_PASSWORD}@localhost`],
      ['API_KEY', `${ADMIN_PASSWORD} too short`],
    ] as const) {
      for (const app of ['api', 'worker'] as const) {
        const wrong = processes.start(app, { env: { ...env, [name]: value } });
        outputs.push(wrong);
        if (app === 'api') expect(await wrong.exited()).toBe(1);
        else {
          // A worker waits for a database that cannot be opened, whatever the reason.
          await wrong.waitForLine(/database address|REDIS_URL|API_KEY/);
          await wrong.stop();
        }
      }
    }
    for (const args of [['keys', 'list'], ['migrate'], ['keys', 'revoke', API_KEY], ['import', API_KEY]]) {
      const { stdout, stderr } = await runCli(args, { ...env, LOG_LEVEL: 'trace' });
      answers.push(stdout, stderr);
    }
    const redisContent = await everythingInRedis(shop.environment.REDIS_URL ?? '');
    expect(redisContent).toContain('runId');
    expect(redisContent).toContain(':session:');
    await redis.stop();
    await ask(replica, '/v1/training-runs', post('{}'));
    await ask(replica, '/readyz');
    await replica.process.stop();

    const output = outputs.flatMap(({ lines }) => lines).join('\n');
    expect(output).toContain('[redacted]');
    expect(output).toContain('Access denied');
    expect(leaksOf(output)).toEqual([]);
    expect(answers.length).toBeGreaterThan(20);
    expect(leaksOf(answers.join('\n'))).toEqual([]);
    expect(leaksOf(redisContent)).toEqual([]);
    const runs = await shop.database.trainingRuns.list({ limit: 100 });
    expect(leaksOf(JSON.stringify(runs))).toEqual([]);
  });
});

/** Every key in Redis with its value, as text. */
async function everythingInRedis(url: string): Promise<string> {
  const client = connectRedis(url, 'worker', createLogger('test', 'silent'));
  try {
    const parts: unknown[] = [];
    for (const name of await client.keys('*')) {
      const type = await client.type(name);
      if (type === 'string') parts.push(name, await client.get(name));
      else if (type === 'hash') parts.push(name, await client.hgetall(name));
      else if (type === 'list') parts.push(name, await client.lrange(name, 0, -1));
      else if (type === 'zset') parts.push(name, await client.zrange(name, 0, '-1'));
      else if (type === 'set') parts.push(name, await client.smembers(name));
      else parts.push(name, await client.xrange(name, '-', '+'));
    }
    return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n');
  } finally {
    client.disconnect();
  }
}
