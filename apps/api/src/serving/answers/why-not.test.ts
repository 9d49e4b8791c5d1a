import { expect, it } from '@jest/globals';
import type { ServableModel } from '../model/model-holder.ts';
import { answering, tinyScoring } from '../testing/tiny-model.ts';
import { type WhyNotParts, whyNot } from './why-not.ts';

const scoring = tinyScoring();
const score = answering(scoring);
const model: ServableModel = {
  version: 'v',
  generation: 4,
  itemIds: scoring.model.itemIds,
  score: async (request) => score(request),
  close: async () => undefined,
};
/** i1 is of another category, i2 sold out; the filter itself is not read. */
const catalogue: WhyNotParts['catalogue'] = {
  eligible: () => Uint8Array.of(0b1111_1001, 0b11),
  removalsOf: () => ({ include: 0, category: 1, inStock: 1, price: 0, filter: 0 }),
  removalOf: (_ids, item) => ({ 1: 'category' as const, 2: 'inStock' as const })[item],
  groups: () => new Uint32Array(10),
  hasItem: () => false,
  revision: 1,
};

function ask(itemId: string, exists: boolean | undefined = true) {
  const parts = {
    models: { withModel: <T>(use: (held: ServableModel) => Promise<T>) => use(model) },
    userHistory: { of: async () => undefined, ofMany: async () => new Map() },
    itemExists: async () => exists,
    catalogue,
  };
  return whyNot(parts, { userId: 'u0', itemId, excludeSeen: true, exclude: ['i1'], filter: {} }, 0);
}

it.each([
  ['i1', 'category'],
  ['i2', 'inStock'],
  ['i4', 'seen'],
])('%s is removed by %s', async (itemId, removedBy) => {
  const answer = await ask(itemId);
  expect(answer).toMatchObject({ userId: 'u0', itemId, removedBy, rank: null, score: null });
  expect(answer.reason).not.toBe('');
});

it('ranks among what the filters leave', async () => {
  expect(await ask('i5')).toEqual({
    userId: 'u0',
    itemId: 'i5',
    strategy: 'personalized',
    model: { version: 'v', generation: 4 },
    removedBy: null,
    // After i0 and i3.
    rank: 3,
    score: 5,
    reason: 'Nothing keeps it out; it is in every answer of at least 3 items.',
  });
});

it.each<[boolean | undefined, string]>([
  [true, 'not-in-model'],
  [false, 'unknown-item'],
  // When the database does not say, nothing is claimed about the table.
  [undefined, 'not-in-model'],
])('an item that the model does not know and the table has (%s) is %s', async (exists, removedBy) => {
  expect((await ask('elsewhere', exists)).removedBy).toBe(removedBy);
});
