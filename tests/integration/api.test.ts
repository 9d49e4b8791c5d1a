import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ListRecommendations, Problem } from '@sommelier/contracts';
import { createExactRanker, createPersonalizer, foldInOptionsOf } from '@sommelier/ncf';
import { expectExact } from '../support/expect-exact.ts';
import { eventually } from '../support/processes.ts';
import { describeModel, historyOf, randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Readiness, type Replica } from '../support/replicas.ts';

jest.setTimeout(90_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
/** Of a manifest that no replica reads. */
const VERSION = '20260101T000000Z-ffffffffffff';

describe.each(['sqlite', 'mysql'] as const)('replicas on %s', (provider) => {
  let shop: Installation;
  let first: Replica;
  let second: Replica;

  beforeAll(async () => {
    shop = await createInstallation(provider, REDIS_URL);
    [first, second] = await Promise.all([shop.startReplica(), shop.startReplica()]);
  });
  afterAll(async () => {
    await shop?.close();
  });

  it('are alive but not ready without a model, and say how to train one', async () => {
    expect((await first.get('/healthz')).status).toBe(200);
    const readiness = await eventually('database and Redis are reached', async () => {
      const answer = await first.get<Readiness>('/readyz');
      return answer.body.database.ok && answer.body.redis.ok && answer;
    });
    expect(readiness).toMatchObject({ status: 503, body: { status: 'not-ready', model: { version: null } } });
    const answer = await first.get('/v1/users/u00000/recommendations');
    expect(answer).toMatchObject({ status: 503, body: { code: 'no-model' } });
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
    expect(answer.body.detail).toContain(`curl -X POST ${first.url}/v1/training-runs`);
  });

  it('all swap to a model that is published, and one that starts afterwards gets it', async () => {
    const one = randomModel(1);
    const active = await shop.publish(one);
    await Promise.all([first.serves(active.generation), second.serves(active.generation)]);
    const late = await shop.startReplica();
    await late.serves(active.generation);
    for (const replica of [first, second, late]) {
      const { status, body } = await replica.recommendations('u00003', '?n=15');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        userId: 'u00003',
        strategy: 'personalized',
        model: { version: active.version, generation: active.generation },
      });
      expectExact(body, one, 'u00003', 15, historyOf(one, 'u00003'));
    }
    await late.process.stop();
    const two = randomModel(2);
    const next = await shop.publish(two);
    await Promise.all([first.serves(next.generation), second.serves(next.generation)]);
    const { body } = await second.recommendations('u00003');
    expectExact(body, two, 'u00003', 10, historyOf(two, 'u00003'));
  });

  it('leaves out what the database has of a user and the model has not', async () => {
    const [best, runnerUp] = (await first.recommendations('u00007')).body.items;
    // Not newer than the model, so that the order stays.
    const event = { timestampMs: 1_699_999_900_000, userId: 'u00007', itemId: best!.itemId };
    await shop.database.events.insert([
      { ...event, type: 'view' },
      // A type without a weight is no reason to leave an item out.
      { ...event, itemId: runnerUp!.itemId, type: 'hover' },
    ]);
    // Written past the API, so the replica hears of it with its next look at the log of changes.
    const headers = await eventually('the event is seen', async () => {
      const answer = await first.recommendations('u00007');
      return answer.body.items[0]!.itemId === runnerUp!.itemId ? answer.headers : undefined;
    });
    expect(headers.get('Sommelier-Seen-From')).toBe('database');
  });

  it('lists models and training runs', async () => {
    const { body: models } = await first.get<{
      serving: { version: string };
      active: { version: string };
      models: { version: string; active: boolean }[];
    }>('/v1/models');
    expect(models.serving.version).toBe(models.active.version);
    expect(models.models.filter((model) => model.active).map((model) => model.version)).toEqual([
      models.active.version,
    ]);
    const one = await first.get<{ version: string }>(`/v1/models/${models.active.version}`);
    expect(one.body.version).toBe(models.active.version);
    expect(await first.get('/v1/models/nothing')).toMatchObject({
      status: 404,
      body: { code: 'model-not-found' },
    });
    const run = await first.train({ training: { epochs: 2 } });
    expect(run).toMatchObject({ status: 202, body: { status: 'queued', coalesced: false } });
    expect(run.headers.get('Location')).toBe(`/v1/training-runs/${run.body.id}`);
    expect(await second.train({ training: { epochs: 2 } })).toMatchObject({
      status: 202,
      body: { id: run.body.id, coalesced: true },
    });
    expect(await second.train({})).toMatchObject({ status: 202, body: { coalesced: false } });
    expect(await first.get(run.headers.get('Location')!)).toMatchObject({
      status: 200,
      body: { id: run.body.id, request: { training: { epochs: 2 } } },
    });
    const listed = await first.get<{ runs: { id: string }[] }>('/v1/training-runs?limit=1&status=queued');
    expect(listed.body.runs).toHaveLength(1);
    expect(await first.get('/v1/training-runs/nothing')).toMatchObject({
      status: 404,
      body: { code: 'run-not-found' },
    });
  });
});

describe('one replica', () => {
  let shop: Installation;
  let replica: Replica;
  const model = randomModel(10);
  const post = (body: unknown) =>
    replica.get<ListRecommendations>('/v1/recommendations', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

  beforeAll(async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    const { generation } = await shop.publish(model);
    replica = await shop.startReplica({ ADMIN_USER: 'boss', ADMIN_PASSWORD: 'secret' });
    await replica.serves(generation);
  });
  afterAll(async () => {
    await shop?.close();
  });

  it('recommends what is popular to a user that the model does not know, without what they have seen', async () => {
    const userId = 'nobody/ü?&';
    const before = await replica.recommendations(userId, '?n=5');
    const byPopularity = Array.from(model.itemPopularity, (score, item) => ({
      itemId: model.itemIds.idAt(item),
      score,
    })).sort((a, b) => b.score - a.score || (a.itemId < b.itemId ? -1 : 1));
    expect(before.body).toMatchObject({ userId, strategy: 'popular' });
    expect(before.body.items.map(({ itemId, score }) => ({ itemId, score }))).toEqual(
      byPopularity.slice(0, 5),
    );
    const [top] = byPopularity;
    const event = { timestampMs: 1_700_000_000_000, userId, itemId: top!.itemId, type: 'addtocart' };
    const sent = await replica.get('/v1/events', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    });
    expect(sent).toMatchObject({ status: 200, body: { inserted: 1, duplicates: 0 } });
    const after = await replica.recommendations(userId, '?n=5');
    expect(after.body.strategy).toBe('folded-in');
    expect(after.body.items).toHaveLength(5);
    expect(after.body.items.map(({ itemId }) => itemId)).not.toContain(top!.itemId);
    const others = byPopularity.slice(1).map(({ itemId }) => itemId);
    const left = await replica.recommendations(userId, `?exclude=${others.join(',')}`);
    expect(left.body.items).toEqual([]);
    const everything = await replica.recommendations(
      userId,
      `?excludeSeen=false&exclude=${others.join(',')}`,
    );
    expect(everything.headers.get('Sommelier-Seen-From')).toBe('nobody');
    expect(everything.body.items.map(({ itemId }) => itemId)).toEqual([top!.itemId]);
  });

  it('ranks for somebody whom it does not know by what they did, as for the bare list of it', async () => {
    const [a, b] = [model.itemIds.idAt(250), model.itemIds.idAt(40)];
    const nowMs = Date.now();
    const did = (itemId: string, timestampMs: number) => ({
      timestampMs,
      userId: 'new',
      itemId,
      type: 'view',
    });
    await shop.database.events.insert([did(b, nowMs), did(a, nowMs - 1)]);
    const user = (await replica.recommendations('new', '?n=12')).body;
    const list = await post({ items: [a, b], n: 12 });
    expect(list).toMatchObject({ status: 200, body: { strategy: 'folded-in', model: user.model } });
    expect(user.strategy).toBe('folded-in');
    expect(list.body.items.map(({ itemId }) => itemId)).toEqual(user.items.map(({ itemId }) => itemId));
    // Exactly what personalizer and ranker say of it, without HTTP, threads and database between.
    const personalizer = createPersonalizer(model, foldInOptionsOf(describeModel(model, VERSION).manifest));
    const events = [250, 40].map((itemIndex, timestampMs) => ({ itemIndex, weight: 1, timestampMs }));
    const { user: embedding, evidence } = personalizer.personalize({ events, nowMs: 1 });
    const ranked = createExactRanker(model.parameters).topN({
      user: embedding!,
      evidence,
      n: 12,
      excluded: [250, 40],
    });
    expect(list.body.items.map(({ itemId, score }) => ({ itemId, score }))).toEqual(
      ranked.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score })),
    );
    const unknown = await post({ items: ['never heard of'], exclude: [list.body.items[0]!.itemId] });
    expect(unknown).toMatchObject({ status: 200, body: { strategy: 'popular' } });
    const repeats = await post({ items: [a, b], excludeSeen: false, exclude: [a], n: 100 });
    const ids = repeats.body.items.map(({ itemId }) => itemId);
    expect([ids.includes(a), ids.includes(b), ids.length]).toEqual([false, true, 100]);
  });

  it.each([
    [{}, 'items'],
    [{ items: [] }, 'items'],
    [{ items: ['a', ' b'] }, 'items.1'],
    [{ items: ['a'], n: 0 }, 'n'],
    [{ items: ['a'], n: 1e6 }, 'n'],
    [{ items: ['a'], exclude: 'a' }, 'exclude'],
    [{ items: Array(1_001).fill('a') }, 'items'],
    [{ items: ['a'], user: 'u' }, '(root)'],
    [['a'], '(root)'],
  ])('refuses the list %j and names what is wrong', async (body, path) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect((answer.body as unknown as Problem).errors!.map((error) => error.path)).toContain(path);
  });

  it('leaves out what the request names, and gives what is left', async () => {
    const all = Array.from({ length: 301 }, (_, item) => model.itemIds.idAt(item));
    const seen = historyOf(model, 'u00001');
    const left = all.filter((itemId) => !seen.has(itemId)).slice(0, 3);
    const exclude = all.filter((itemId) => !left.includes(itemId)).join(',');
    const { body } = await replica.recommendations('u00001', `?n=50&exclude=${exclude}`);
    expect(body.items.map((item) => item.itemId).sort()).toEqual(left);
    const unfiltered = await replica.recommendations('u00001', '?n=100&excludeSeen=false');
    expectExact(unfiltered.body, model, 'u00001', 100, new Set());
  });

  it("answers the original system's address as JSON and as a page", async () => {
    const json = await replica.get<{ items: unknown[] }>('/topN=4for_user=u00002');
    expect(json.headers.get('Content-Type')).toContain('application/json');
    expect(json.body).toEqual((await replica.recommendations('u00002', '?n=4')).body);
    const { items } = (await replica.recommendations('u00002', '?n=4')).body;
    await shop.database.items.upsertItems([
      {
        itemId: items[0]!.itemId,
        categoryId: 'wine & more',
        available: true,
        price: 12.5,
        properties: {},
        updatedAtMs: 1,
      },
    ]);
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const page = await replica.get<string>('/topN=4for_user=u00002', { headers: { Accept: accept } });
    expect(page.headers.get('Content-Type')).toContain('text/html');
    for (const { itemId } of items) expect(page.body).toContain(`<td>${itemId}</td>`);
    expect(page.body).toContain('wine &amp; more');
    expect(page.body).toContain('12.50');
    const hostile = encodeURIComponent('<script>alert(1)</script>');
    const attacked = await replica.get<string>(`/topN=4for_user=${hostile}`, { headers: { Accept: accept } });
    expect(attacked.status).toBe(200);
    expect(attacked.body).not.toContain('<script');
    const form = await replica.get('/topN?userId=a%2Fb&n=3', { redirect: 'manual' });
    expect([form.status, form.headers.get('Location')]).toEqual([303, '/topN=3for_user=a%2Fb']);
  });

  it.each([
    ['/v1/users/u/recommendations?n=0', 400, 'invalid-request', 'n'],
    ['/v1/users/u/recommendations?n=101', 400, 'invalid-request', 'n'],
    ['/v1/users/u/recommendations?n=NaN', 400, 'invalid-request', 'n'],
    ['/v1/users/u/recommendations?n=1&n=2', 400, 'invalid-request', 'n'],
    ['/v1/users/u/recommendations?size=3', 400, 'invalid-request', 'size'],
    ['/v1/users/u/recommendations?exclude=%20', 400, 'invalid-request', 'exclude'],
    ['/v1/users/%20/recommendations', 400, 'invalid-request', 'userId'],
    ['/topN=-1for_user=u', 400, 'invalid-request', 'n'],
    ['/topN=5for_user=', 400, 'invalid-request', 'userId'],
    ['/v1/training-runs?limit=1000', 400, 'invalid-request', 'limit'],
    ['/v1/training-runs?status=done', 400, 'invalid-request', 'status'],
    ['/v1/users/%zz/recommendations', 400, 'invalid-request', undefined],
    ['/topN=5for_user=%E0%A4%A', 400, 'invalid-request', undefined],
    ['/nothing', 404, 'not-found', undefined],
    ['/v1/users', 404, 'not-found', undefined],
    ['/v1/users/u', 405, 'method-not-allowed', undefined],
  ])('answers %s with %i %s', async (path, status, code, parameter) => {
    const answer = await replica.get(path);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
    expect(answer.body.instance).toBe(answer.headers.get('X-Request-Id'));
    expect(answer.body.errors?.[0]?.path).toBe(parameter);
  });

  it('refuses bodies that are not what it takes', async () => {
    const send = (body: string, type = 'application/json', headers: Record<string, string> = {}) =>
      replica.get('/v1/training-runs', {
        method: 'POST',
        body,
        headers: { 'Content-Type': type, ...headers },
      });
    expect(await send('{')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await send('[]')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await send('{}', 'text/plain')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await send('{"epochs": 3}')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    const wrong = await send('{"training": {"epochs": 0, "speed": 1}}');
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid-config' } });
    expect(wrong.body.errors?.map((error) => error.path)).toContain('training.epochs');
    expect(await send(`{"data": "${'x'.repeat(1_100_000)}"}`)).toMatchObject({
      status: 413,
      body: { code: 'payload-too-large' },
    });
    expect(await send('{}', 'application/json', { 'Sec-Fetch-Site': 'cross-site' })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  });

  it('says which methods an address has', async () => {
    const answer = await replica.get('/v1/training-runs', { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(answer.headers.get('Allow')).toBe('GET, HEAD, POST');
    const options = await replica.get('/healthz', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('Allow')]).toEqual([204, 'GET, HEAD']);
  });

  it('opens the job board to its login only', async () => {
    const login = (text: string) => ({
      headers: { Authorization: `Basic ${Buffer.from(text).toString('base64')}` },
    });
    const closed = await replica.get('/admin/queues');
    expect(closed).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(closed.headers.get('WWW-Authenticate')).toContain('Basic realm="sommelier"');
    expect((await replica.get('/admin/queues/api/queues', login('boss:wrong'))).status).toBe(401);
    expect((await replica.get('/admin/queues/api/queues', login('boss:secret'))).status).toBe(200);
    const other = await shop.startReplica();
    const answer = await other.get('/admin/queues', login('boss:secret'));
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(answer.body.detail).toContain('ADMIN_PASSWORD');
    await other.process.stop();
  });

  it('ends within seconds when it is asked to, also with idle connections and while it loads', async () => {
    const other = await shop.startReplica();
    await other.get('/healthz');
    other.process.kill('SIGTERM');
    expect(await other.process.exited(5_000)).toBe(0);
  });
});
