import { expect, it } from '@jest/globals';
import { SommelierError } from '@sommelier/contracts';
import type { ServableModel } from '../model/model-holder.ts';
import type { ScoreRequest, TopRequest } from '../scoring/scoring-protocol.ts';
import { tinyScoring } from '../testing/tiny-model.ts';
import { BatchRecommendations } from './batch-recommendations.ts';
import type { RecommendationParts } from './recommendations.ts';
import type { History, HistoryEvent } from './user-history.ts';

const { itemIds } = tinyScoring().model;
const USERS = Array.from({ length: 30 }, (_, user) => `u${user}`);
const REQUEST = {
  userIds: USERS,
  n: 1,
  excludeSeen: true,
  exclude: [],
  filter: {},
  maxPerCategory: undefined,
  explain: false,
};
const catalogue: RecommendationParts['catalogue'] = {
  eligible: () => undefined,
  groups: () => new Uint32Array(10),
  removalsOf: () => ({ include: 0, category: 0, inStock: 0, price: 0, filter: 0 }),
  removalOf: () => undefined,
  hasItem: () => true,
  revision: 1,
};

/** A model that remembers what it was asked and takes a while for each answer. */
function fakeModel(fault?: { at: number; error: Error }) {
  const figures = { asked: [] as TopRequest[], running: 0, most: 0, released: false };
  const model: ServableModel = {
    version: 'v',
    generation: 2,
    itemIds,
    async score(request: ScoreRequest) {
      if (figures.released) throw new Error('the model was given back already');
      const { userId } = figures.asked[figures.asked.push(request as TopRequest) - 1]!;
      const place = figures.asked.length - 1;
      figures.most = Math.max(figures.most, ++figures.running);
      await new Promise((resolve) => setTimeout(resolve, 1 + ((place * 7) % 5)));
      figures.running--;
      if (fault?.at === place) throw fault.error;
      return { strategy: 'popular', items: [{ itemId: `best of ${userId}`, score: 1 }] };
    },
    close: async () => undefined,
  };
  const models: RecommendationParts['models'] = {
    async withModel(use) {
      try {
        return await use(model);
      } finally {
        figures.released = true;
      }
    },
  };
  return { figures, models };
}

const view = (itemId: string): HistoryEvent => ({ itemId, weight: 1, timestampMs: 5 });

/** Every user has seen one item of their own; of one the database says nothing. */
function histories(unknown?: string) {
  const questions: (readonly string[])[] = [];
  return {
    questions,
    of: () => Promise.reject(new Error('nobody asks for one')),
    async ofMany(userIds: readonly string[]) {
      questions.push(userIds);
      const known = userIds.filter((userId) => userId !== unknown);
      return new Map(
        known.map((userId, revision): [string, History] => [
          userId,
          { events: [view(`of ${userId}`)], revision },
        ]),
      );
    },
  };
}

it('asks for no more than two users a thread at once, and answers in the order of the request', async () => {
  const { figures, models } = fakeModel();
  const batches = new BatchRecommendations({ models, catalogue, userHistory: histories() }, 2);
  const { body, seenFrom } = await batches.recommend(REQUEST, 9);
  expect(figures.most).toBe(4);
  expect(seenFrom).toBe('database');
  expect(body.model).toEqual({ version: 'v', generation: 2 });
  expect(body.results.map(({ userId, items }) => [userId, items[0]!.itemId])).toEqual(
    USERS.map((userId) => [userId, `best of ${userId}`]),
  );
  expect(figures.asked[3]).toMatchObject({
    userId: 'u3',
    events: [view('of u3')],
    nowMs: 9,
    excludeEvents: true,
  });
});

it('reads all histories at once, and says when one is missing', async () => {
  const { figures, models } = fakeModel();
  const userHistory = histories('u7');
  const batches = new BatchRecommendations({ models, catalogue, userHistory }, 1);
  const { seenFrom } = await batches.recommend(REQUEST, 0);
  expect(userHistory.questions).toEqual([USERS]);
  expect(seenFrom).toBe('model');
  expect(figures.asked.map(({ events }) => events.length)).toEqual(
    USERS.map((user) => (user === 'u7' ? 0 : 1)),
  );
});

it('gives up with the first failure, asks no further, and keeps the model until all have ended', async () => {
  const error = new SommelierError('overloaded', 'a fault of the test');
  const { figures, models } = fakeModel({ at: 5, error });
  const batches = new BatchRecommendations({ models, catalogue, userHistory: histories() }, 1);
  await expect(batches.recommend(REQUEST, 0)).rejects.toBe(error);
  expect(figures.asked.length).toBeLessThan(9);
  expect([figures.running, figures.released]).toEqual([0, true]);
});
