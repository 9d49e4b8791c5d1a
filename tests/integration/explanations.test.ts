import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type {
  BatchAnswer,
  EventInput,
  ListRecommendations,
  Problem,
  Recommendations,
  SimilarItems,
  WhyNot,
} from '@sommelier/contracts';
import {
  createExactRanker,
  createPersonalizer,
  foldInOptionsOf,
  itemsOfUser,
  type PersonalEvent,
  similarItems,
} from '@sommelier/ncf';
import { bruteForceTop, describeModel, historyOf, randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';

jest.setTimeout(90_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
/** As the manifests of these models say; the database's default weights. */
const TRAINED_UNTIL_MS = 1_700_000_000_000;
const WEIGHTS = { view: 1, addtocart: 2, transaction: 3 };
const MODEL = randomModel(20);
const { manifest } = describeModel(MODEL, '20260101T000000Z-ffffffffffff');
const PERSONALIZER = createPersonalizer(MODEL, foldInOptionsOf(manifest));
const RANKER = createExactRanker(MODEL.parameters);

type Did = EventInput & { type: keyof typeof WEIGHTS };
const id = (item: number) => MODEL.itemIds.idAt(item);

describe('one replica', () => {
  let shop: Installation;
  let replica: Replica;

  beforeAll(async () => {
    shop = await createInstallation('sqlite', REDIS_URL);
    const { generation } = await shop.publish(MODEL);
    replica = await shop.startReplica();
    await replica.serves(generation);
  });
  afterAll(async () => {
    await shop?.close();
  });

  async function did(userId: string, events: readonly Omit<Did, 'userId'>[]): Promise<void> {
    await shop.database.events.insert(events.map((event) => ({ ...event, userId })));
  }
  const post = <T>(path: string, body: unknown) =>
    replica.get<T>(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const personal = (events: readonly Omit<Did, 'userId'>[]): PersonalEvent[] =>
    events.map(({ itemId, type, timestampMs }) => ({
      itemIndex: MODEL.itemIds.indexOf(itemId),
      weight: WEIGHTS[type],
      timestampMs,
    }));
  const whyNot = async (userId: string, itemId: string, query = '') =>
    (await replica.get<WhyNot>(`/v1/users/${userId}/why-not/${encodeURIComponent(itemId)}${query}`)).body;

  describe('users of the model', () => {
    it('are ranked by their row while what they did is older than the model', async () => {
      await did('u00001', [{ itemId: id(200), type: 'view', timestampMs: TRAINED_UNTIL_MS }]);
      const { body } = await replica.recommendations('u00001', '?n=20&excludeSeen=false');
      expect(body.strategy).toBe('personalized');
      expect(body.items.map(({ itemId }) => itemId)).toEqual(
        bruteForceTop(MODEL, 'u00001', 20, new Set()).map(({ itemId }) => itemId),
      );
    });

    it('are ranked by row and events from the first newer event on, all of them counted', async () => {
      const nowMs = Date.now();
      const events = [
        { itemId: id(250), type: 'view' as const, timestampMs: nowMs - 5_000 },
        { itemId: id(40), type: 'addtocart' as const, timestampMs: TRAINED_UNTIL_MS - 86_400_000 },
        { itemId: 'sold out long ago', type: 'view' as const, timestampMs: nowMs - 4_000 },
      ];
      await did('u00002', events);
      const { body } = await replica.recommendations('u00002', '?n=20&excludeSeen=false');
      const userIndex = MODEL.userIds.indexOf('u00002');
      const known = personal(events).filter(({ itemIndex }) => itemIndex >= 0);
      const { user, evidence } = PERSONALIZER.personalize({ userIndex, events: known, nowMs });
      const expected = RANKER.topN({ user: user!, evidence, n: 20 });
      expect(body).toMatchObject({
        strategy: 'personalized',
        items: expected.map(({ itemIndex, score }) => ({ itemId: id(itemIndex), score })),
      });
      expect(expected.map(({ itemIndex }) => itemIndex)).not.toEqual(
        RANKER.topN({ user: userIndex, n: 20 }).map(({ itemIndex }) => itemIndex),
      );
      const left = (await replica.recommendations('u00002', '?n=100')).body.items;
      const ids = left.map(({ itemId }) => itemId);
      for (const seen of [id(250), id(40), ...historyOf(MODEL, 'u00002')]) expect(ids).not.toContain(seen);
    });
  });

  describe('explain=true', () => {
    /** What the definition says: the score by all events less the score without those of one item, the three largest. */
    function carriersOf(events: readonly PersonalEvent[], item: number, nowMs: number) {
      const scoreBy = (some: readonly PersonalEvent[]) => {
        const { user, evidence } = PERSONALIZER.personalize({ events: some, nowMs });
        const place = Array.from(evidence.items).indexOf(item);
        return RANKER.scoreItem(user!, item) + (place < 0 ? 0 : evidence.values[place]!);
      };
      return [...new Set(events.map(({ itemIndex }) => itemIndex))]
        .map((own) => ({
          itemId: id(own),
          contribution: scoreBy(events) - scoreBy(events.filter(({ itemIndex }) => itemIndex !== own)),
        }))
        .filter(({ contribution }) => contribution > 0)
        .sort((a, b) => b.contribution - a.contribution)
        .slice(0, 3);
    }

    it('tells of somebody new which of their items carried the answer, as a recomputation does', async () => {
      const nowMs = Date.now();
      const events = [7, 90, 200, 31, 64].map((item, place) => ({
        itemId: id(item),
        type: (['view', 'addtocart', 'transaction'] as const)[place % 3]!,
        timestampMs: nowMs - 1_000 * place,
      }));
      await did('newcomer', events);
      const plain = (await replica.recommendations('newcomer', '?n=6')).body;
      const { body, headers } = await replica.recommendations('newcomer', '?n=6&explain=true');
      expect(headers.get('Sommelier-Seen-From')).toBe('database');
      const { explanation, ...answer } = body;
      expect(answer).toEqual(plain);
      expect(explanation!.items.map(({ itemId }) => itemId)).toEqual(body.items.map(({ itemId }) => itemId));
      expect(explanation!.items.some(({ carriedBy }) => carriedBy.length === 3)).toBe(true);
      for (const { itemId, carriedBy } of explanation!.items) {
        expect(carriedBy).toEqual(carriersOf(personal(events), MODEL.itemIds.indexOf(itemId), nowMs));
      }
      const unknown = { include: 0, category: 0, inStock: 0, price: 0, filter: 0 };
      expect(explanation!.catalogue).toEqual({
        items: 301,
        eligible: 296,
        removed: { ...unknown, exclude: 0, seen: 5 },
      });
      expect(Object.keys(explanation!.timings)).toEqual([
        'historyMs',
        'filterMs',
        'queueMs',
        'scoreMs',
        'explainMs',
      ]);
      for (const ms of Object.values(explanation!.timings)) expect(ms).toBeGreaterThanOrEqual(0);
    });

    it('measures a user of the model by all that they did, what the database has not by its history', async () => {
      const userId = 'u00005';
      const userIndex = MODEL.userIds.indexOf(userId);
      const own = [...itemsOfUser(MODEL.history, userIndex)];
      const excluded = [
        id(own[0]!),
        ...[100, 101, 102].map(id).filter((itemId) => !historyOf(MODEL, userId).has(itemId)),
      ];
      const query = `?n=5&explain=true&exclude=${excluded.join(',')}`;
      const { body } = await replica.recommendations(userId, query);
      const { explanation } = body;
      // The history has no times: a millisecond apart until the model was trained.
      const events = own.map((itemIndex, place) => ({
        itemIndex,
        weight: 1,
        timestampMs: TRAINED_UNTIL_MS - (own.length - 1 - place),
      }));
      for (const { itemId, carriedBy } of explanation!.items) {
        expect(carriedBy).toEqual(carriersOf(events, MODEL.itemIds.indexOf(itemId), Date.now()));
      }
      // An item counts for the first part that removes it.
      expect(explanation!.catalogue.removed).toMatchObject({ exclude: excluded.length, seen: 5 });
      expect(explanation!.catalogue.eligible).toBe(301 - excluded.length - 5);
    });

    it('explains a list of items, and says that nothing carries what is popular', async () => {
      const list = await post<ListRecommendations>('/v1/recommendations', {
        items: [id(3), id(40)],
        n: 4,
        explain: true,
      });
      const events = [3, 40].map((itemIndex, timestampMs) => ({ itemIndex, weight: 1, timestampMs }));
      for (const { itemId, carriedBy } of list.body.explanation!.items) {
        expect(carriedBy).toEqual(carriersOf(events, MODEL.itemIds.indexOf(itemId), 1));
      }
      const popular = (await replica.recommendations('nobody', '?n=2&explain=true')).body;
      expect(popular).toMatchObject({
        strategy: 'popular',
        explanation: { items: [{ carriedBy: [] }, { carriedBy: [] }], catalogue: { eligible: 301 } },
      });
      const silent = (await replica.recommendations('nobody', '?n=2&explain=false')).body;
      expect(silent).not.toHaveProperty('explanation');
    });
  });

  describe('why-not', () => {
    it.each(['u00003', 'u00002', 'newcomer', 'nobody'])(
      'gives the place that an item has in the whole list of %s',
      async (userId) => {
        const { items, strategy, model } = (await replica.recommendations(userId, '?n=100')).body;
        for (const place of [0, 1, 10, 99]) {
          const { itemId, rank, score } = items[place]!;
          expect(await whyNot(userId, itemId)).toEqual({
            userId,
            itemId,
            strategy,
            model,
            removedBy: null,
            rank,
            score,
            reason: `Nothing keeps it out; it is in every answer of at least ${rank} items.`,
          });
        }
        const without = items[3]!.itemId;
        expect(await whyNot(userId, items[10]!.itemId, `?exclude=${without}`)).toMatchObject({ rank: 10 });
      },
    );

    it('says what keeps an item out', async () => {
      const [seen] = historyOf(MODEL, 'u00003');
      expect(await whyNot('u00003', seen!)).toMatchObject({ removedBy: 'seen', rank: null, score: null });
      expect(await whyNot('u00003', seen!, `?exclude=${seen}`)).toMatchObject({ removedBy: 'exclude' });
      expect((await whyNot('u00003', seen!, '?excludeSeen=false')).rank).toBeGreaterThan(0);
      expect(await whyNot('newcomer', id(90))).toMatchObject({ removedBy: 'seen' });
      const late = 'an item / of tomorrow';
      expect(await whyNot('u00003', late)).toMatchObject({ itemId: late, removedBy: 'unknown-item' });
      const item = { categoryId: null, available: true, price: null, properties: {}, updatedAtMs: 1 };
      await shop.database.items.upsertItems([{ itemId: late, ...item }]);
      expect(await whyNot('u00003', late)).toMatchObject({ removedBy: 'not-in-model' });
    });
  });

  it('lists the items that are nearest to one, and knows of no other', async () => {
    const near = await replica.get<SimilarItems>(`/v1/items/${id(17)}/similar?n=8`);
    const expected = similarItems(MODEL, 17, 9).map(({ itemIndex, score, source }, place) => ({
      rank: place + 1,
      itemId: id(itemIndex),
      score,
      source,
    }));
    expect(near.body).toEqual({
      itemId: id(17),
      model: (await replica.recommendations('u00001')).body.model,
      items: expected.slice(0, 8),
    });
    const without = await replica.get<SimilarItems>(
      `/v1/items/${id(17)}/similar?n=8&exclude=${expected[2]!.itemId}`,
    );
    expect(without.body.items.map(({ itemId }) => itemId)).toEqual(
      expected.filter((_, place) => place !== 2).map(({ itemId }) => itemId),
    );
    const unknown = await replica.get('/v1/items/never%20heard/similar');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'item-not-found' } });
  });

  describe('batches', () => {
    it('answer each user as they are answered alone, in the order of the request, by one model', async () => {
      const userIds = ['newcomer', ...[9, 3, 2, 1].map((user) => `u0000${user}`), 'nobody'];
      const body = { userIds, n: 7, exclude: [id(0), id(1)] };
      const batch = await post<BatchAnswer>('/v1/recommendations/batch', body);
      expect(batch.status).toBe(200);
      expect(batch.headers.get('Sommelier-Seen-From')).toBe('database');
      const alone: Recommendations[] = [];
      for (const userId of userIds) {
        alone.push((await replica.recommendations(userId, `?n=7&exclude=${id(0)},${id(1)}`)).body);
      }
      expect(batch.body.model).toEqual(alone[0]!.model);
      expect(batch.body.results).toEqual(
        alone.map(({ userId, strategy, items }) => ({ userId, strategy, items })),
      );
    });

    it('have room for a thousand users, while single requests go on', async () => {
      const userIds = Array.from({ length: 1_000 }, (_, user) => `v${user}`);
      const [batch, single] = await Promise.all([
        post<BatchAnswer>('/v1/recommendations/batch', { userIds, n: 1 }),
        replica.recommendations('u00003'),
      ]);
      expect([batch.status, single.status]).toEqual([200, 200]);
      expect(batch.body.results.map(({ userId }) => userId)).toEqual(userIds);
      for (const { strategy, items } of batch.body.results)
        expect([strategy, items.length]).toEqual(['popular', 1]);
    });

    it.each<[unknown, string, string]>([
      [{ userIds: ['a', 'b', 'a'] }, 'userIds.2', '"a" comes more than once'],
      [{ userIds: [] }, 'userIds', ''],
      [{ userIds: Array.from({ length: 1_001 }, (_, user) => `v${user}`) }, 'userIds', ''],
      [{ userIds: ['a'], n: 101 }, 'n', 'must be at most 100'],
      [{ userIds: ['a', ' '] }, 'userIds.1', ''],
      [{ userIds: ['a'], explain: true }, '(root)', 'explain'],
    ])('refuse %j and name what is wrong', async (body, path, message) => {
      const { status, body: problem } = await post<Problem>('/v1/recommendations/batch', body);
      expect([status, problem.code]).toEqual([400, 'invalid-request']);
      const error = problem.errors!.find((one) => one.path === path);
      expect(error?.message).toContain(message);
    });
  });

  it.each([
    ['/v1/users/u00001/recommendations?explain=yes', 'explain'],
    ['/v1/users/u00001/why-not/i00001?n=3', 'n'],
    ['/v1/users/u00001/why-not/%20', 'itemId'],
    ['/v1/items/i00001/similar?n=0', 'n'],
    ['/v1/items/i00001/similar?excludeSeen=true', 'excludeSeen'],
  ])('refuses %s and names the parameter', async (path, parameter) => {
    const answer = await replica.get(path);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(answer.body.errors?.[0]?.path).toBe(parameter);
  });
});
