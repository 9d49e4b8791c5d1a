import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectRedis, createLogger, type DatabaseProvider } from '@sommelier/platform';
import { eventually } from '../support/processes.ts';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';

jest.setTimeout(180_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
const NO_REDIS = 'redis://127.0.0.1:1';

interface Stored {
  readonly inserted: number;
  readonly duplicates: number;
}

async function topItem(replica: Replica, userId: string): Promise<string> {
  const { status, body, headers } = await replica.recommendations(userId, '?n=1');
  expect(status).toBe(200);
  expect(headers.get('Sommelier-Seen-From')).toBe('database');
  return body.items[0]!.itemId;
}

function eventOf(userId: string, itemId: string, rest = {}) {
  return { userId, itemId, type: 'view', ...rest };
}

describe.each<[string, DatabaseProvider, string]>([
  ['with hints on SQLite', 'sqlite', REDIS_URL],
  ['by polling alone on SQLite', 'sqlite', NO_REDIS],
  ['by polling alone on MySQL', 'mysql', NO_REDIS],
])('two replicas %s', (_name, provider, redisUrl) => {
  let shop: Installation;
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    shop = await createInstallation(provider, REDIS_URL);
    const overrides = { REDIS_URL: redisUrl, MODEL_POLL_MS: '200' };
    one = await shop.startReplica(overrides);
    two = await shop.startReplica(overrides);
    const { generation } = await shop.publish(randomModel(31));
    await Promise.all([one.serves(generation), two.serves(generation)]);
  });
  afterAll(async () => {
    await shop?.close();
  });

  it('both leave out what a user has just seen: the one that was told at once, the other soon', async () => {
    for (const userId of ['u00001', 'stranger']) {
      for (let round = 0; round < 3; round++) {
        // Asked for twice, so that the second answer comes from memory.
        await topItem(two, userId);
        const top = await topItem(two, userId);
        expect(await topItem(one, userId)).toBe(top);
        const { status, body } = await one.post<Stored>('/v1/events', { events: [eventOf(userId, top)] });
        expect({ status, body }).toEqual({ status: 200, body: { inserted: 1, duplicates: 0 } });
        expect(await topItem(one, userId)).not.toBe(top);
        await eventually('the other replica knows', async () => (await topItem(two, userId)) !== top);
      }
    }
  });

  it('both hear of an import beside them', async () => {
    const top = await topItem(one, 'u00002');
    expect(await topItem(two, 'u00002')).toBe(top);
    const others = Array.from({ length: 2_000 }, (_, index) => ({
      ...eventOf(`visitor-${index}`, top),
      timestampMs: 1,
    }));
    await shop.database.events.insert([...others, { ...eventOf('u00002', top), timestampMs: 1 }]);
    for (const replica of [one, two]) {
      await eventually('the import is known', async () => (await topItem(replica, 'u00002')) !== top);
    }
  });

  it('both know whom a visitor has become', async () => {
    const top = await topItem(two, 'u00003');
    await one.post('/v1/events', { events: [eventOf('cookie-7', top, { eventId: 'e7' })] });
    const merge = { from: 'cookie-7' };
    const answer = await one.post('/v1/users/u00003/merge', merge);
    expect(answer.body).toEqual({ moved: 1, duplicates: 0 });
    expect(await topItem(one, 'u00003')).not.toBe(top);
    await eventually('the other replica knows', async () => (await topItem(two, 'u00003')) !== top);
    expect((await two.post('/v1/users/u00003/merge', merge)).body).toEqual({ moved: 0, duplicates: 0 });
  });

  it('the changed items are in the log that both follow', async () => {
    const before = (await shop.database.changes.newest(0))?.id ?? 0;
    const items = [
      { itemId: 'i00001', available: false },
      { itemId: 'i00002', available: true, price: 2.5, categoryId: '7', properties: { colour: 'red' } },
    ];
    const answer = await one.post('/v1/items', { items });
    expect(answer).toMatchObject({ status: 200, body: { stored: 2 } });
    const rows = await shop.database.changes.readAfter(before, 10);
    expect(rows.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['item', 'i00001'],
      ['item', 'i00002'],
    ]);
    expect(await shop.database.items.findItems(['i00002'])).toMatchObject([items[1]]);
  });
});

describe('a replica that takes events', () => {
  let shop: Installation;
  let replica: Replica;
  beforeAll(async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    replica = await shop.startReplica();
  });
  afterAll(async () => {
    await shop?.close();
  });

  it('tells the others on the channel of its installation', async () => {
    const redis = connectRedis(REDIS_URL, 'worker', createLogger('test', 'silent'));
    const listener = connectRedis(REDIS_URL, 'subscriber', createLogger('test', 'silent'));
    try {
      const channel = `${shop.environment.REDIS_PREFIX}:changes`;
      await eventually('the replica listens', async () => {
        const [, listeners] = (await redis.call('PUBSUB', 'NUMSUB', channel)) as [string, number];
        return listeners === 1;
      });
      let messages = 0;
      listener.on('message', () => {
        messages++;
      });
      await listener.subscribe(channel);
      await replica.post('/v1/events', { events: [eventOf('u', 'a')] });
      await eventually('the message', () => messages === 1);
    } finally {
      redis.disconnect();
      listener.disconnect();
    }
  });

  it('stores events once, without a time as of now, and of unknown types too', async () => {
    const before = Date.now();
    const named = eventOf('v', 'a', { eventId: 'order-1' });
    const events = [
      named,
      named,
      eventOf('v', 'b', { type: 'wishlist' }),
      eventOf('v', 'c', { timestampMs: 5 }),
    ];
    const first = await replica.post<Stored>('/v1/events', { events });
    expect(first.body).toEqual({ inserted: 3, duplicates: 1 });
    const again = await replica.post<Stored>('/v1/events', { events: [events[0], events[3]] });
    expect(again.body).toEqual({ inserted: 0, duplicates: 2 });
    const stored = await shop.database.events.historyOf('v', ['view', 'wishlist'], 10);
    expect(stored.map(({ itemId }) => itemId).sort()).toEqual(['a', 'b', 'c']);
    for (const { itemId, timestampMs } of stored) {
      if (itemId === 'c') expect(timestampMs).toBe(5);
      else expect(timestampMs).toBeGreaterThanOrEqual(before);
    }
  });

  it('refuses what is wrong by name, and stores nothing of it', async () => {
    const tomorrow = Date.now() + 86_400_000;
    const good = eventOf('w', 'a');
    const refusals: [string, unknown, string[]][] = [
      [
        '/v1/events',
        { events: [good, eventOf('w', 'b', { timestampMs: tomorrow })] },
        ['events.1.timestampMs'],
      ],
      ['/v1/events', { events: [good, eventOf('', 'b')] }, ['events.1.userId']],
      ['/v1/events', { events: [] }, ['events']],
      ['/v1/events', { events: Array.from({ length: 1_001 }, () => good) }, ['events']],
      ['/v1/events', {}, ['events']],
      [
        '/v1/items',
        {
          items: [
            { itemId: 'x', available: true },
            { itemId: 'x', available: false },
          ],
        },
        ['items.1.itemId'],
      ],
      ['/v1/items', { items: [{ itemId: 'x' }] }, ['items.0.available']],
      ['/v1/users/w/merge', { from: 'w' }, ['from']],
      ['/v1/users/w/merge', {}, ['from']],
      ['/v1/users/%20/merge', { from: 'v' }, ['userId']],
    ];
    for (const [path, body, paths] of refusals) {
      const answer = await replica.post(path, body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
      expect(answer.body.errors?.map((error) => error.path)).toEqual(paths);
    }
    expect((await replica.post('/v1/events?x=1', { events: [good] })).status).toBe(400);
    expect((await replica.get('/v1/events')).status).toBe(405);
    expect(await shop.database.events.historyOf('w', ['view'], 10)).toEqual([]);
    expect(await shop.database.items.findItems(['x'])).toEqual([]);
  });

  it('keeps what it has answered for when it is killed', async () => {
    const mortal = await shop.startReplica();
    let stored = 0;
    const client = async (name: string) => {
      for (let index = 0; ; index++) {
        const answer = await mortal
          .post<Stored>('/v1/events', { events: [eventOf(name, `${index}`)] })
          .catch(() => undefined);
        if (answer?.status !== 200) return index;
        stored++;
        if (stored === 40) mortal.process.kill('SIGKILL');
      }
    };
    const names = ['k1', 'k2', 'k3'];
    const acknowledged = await Promise.all(names.map(client));
    for (const [place, name] of names.entries()) {
      const found = await shop.database.events.historyOf(name, ['view'], 1_000);
      expect(found.length).toBeGreaterThanOrEqual(acknowledged[place]!);
      expect(found.length).toBeLessThanOrEqual(acknowledged[place]! + 1);
    }
  });

  it('says so when there is no database', async () => {
    const lonely = await shop.startReplica({ DATABASE_URL: 'mysql://nobody@127.0.0.1:1/nothing' });
    for (const [path, body] of [
      ['/v1/events', { events: [eventOf('u', 'a')] }],
      ['/v1/items', { items: [{ itemId: 'a', available: true }] }],
      ['/v1/users/u/merge', { from: 'v' }],
    ] as const) {
      expect(await lonely.post(path, body)).toMatchObject({
        status: 503,
        body: { code: 'database-unavailable' },
      });
    }
  });
});
