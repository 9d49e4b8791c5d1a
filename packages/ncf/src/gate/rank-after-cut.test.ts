import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ranker } from '../evaluation/rank-positives.ts';
import { type GateSide, UNKNOWN } from './gate-task.ts';
import { ndcgAfterCut, ndcgOfMany } from './rank-after-cut.ts';

/** One user (index 0 of the ranker) with these scores, pairs and seen items. */
async function ndcgOf(
  scores: readonly number[],
  { positives, seen = [], cutoff = 10 }: { positives: number[]; seen?: number[]; cutoff?: number },
): Promise<number> {
  const side: GateSide = {
    itemCount: scores.length,
    users: Int32Array.of(0),
    offsets: Uint32Array.of(0, positives.length),
    positives: Int32Array.from(positives),
    seen: [Uint32Array.from(seen)],
  };
  const ranker: Ranker = { scoreUsers: async () => Float32Array.from(scores) };
  return (await ndcgAfterCut(ranker, side, cutoff))[0]!;
}

describe('NDCG of a user with several pairs', () => {
  test('is the gain of the pairs on the list over the largest that so many can have', () => {
    expect(ndcgOfMany([1, 2], 2, 10)).toBe(1);
    expect(ndcgOfMany([1, 3], 2, 10)).toBeCloseTo((1 + 1 / 2) / (1 + 1 / Math.log2(3)), 12);
    expect(ndcgOfMany([3, 11], 2, 10)).toBeCloseTo(1 / 2 / (1 + 1 / Math.log2(3)), 12);
    expect(ndcgOfMany([1], 30, 2)).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
    expect(ndcgOfMany([], 3, 10)).toBe(0);
  });
});

describe('ndcgAfterCut', () => {
  test('ranks among the items that were not seen until the cut', async () => {
    const scores = [9, 8, 7, 6, 5];
    expect(await ndcgOf(scores, { positives: [2] })).toBe(0.5);
    expect(await ndcgOf(scores, { positives: [2], seen: [0, 1] })).toBe(1);
    expect(await ndcgOf(scores, { positives: [2, 4], seen: [0, 3] })).toBeCloseTo(
      (1 / Math.log2(3) + 1 / 2) / (1 + 1 / Math.log2(3)),
      12,
    );
    expect(await ndcgOf(scores, { positives: [3], cutoff: 3 })).toBe(0);
  });

  test('an item that the model does not know is a miss, and so is a user', async () => {
    const whole = 1 + 1 / Math.log2(3);
    expect(await ndcgOf([1, 0], { positives: [0, UNKNOWN] })).toBeCloseTo(1 / whole, 12);
    expect(await ndcgOf([1, 0], { positives: [UNKNOWN] })).toBe(0);
    const side = {
      itemCount: 2,
      users: Int32Array.of(UNKNOWN, 1),
      offsets: Uint32Array.of(0, 1, 2),
      positives: Int32Array.of(0, 1),
      seen: [new Uint32Array(0), new Uint32Array(0)],
    };
    const asked: number[][] = [];
    const ranker: Ranker = {
      async scoreUsers(users) {
        asked.push([...users]);
        return Float32Array.of(0, 1);
      },
    };
    expect([...(await ndcgAfterCut(ranker, side, 10))]).toEqual([0, 1]);
    expect(asked).toEqual([[1]]);
  });

  test('ties and scores that are no numbers count against a pair', async () => {
    expect(await ndcgOf([1, 1, 1], { positives: [0] })).toBe(0.5);
    expect(await ndcgOf([1, Number.NaN], { positives: [0] })).toBeCloseTo(1 / Math.log2(3), 12);
    expect(await ndcgOf([Number.NaN, 0], { positives: [0] })).toBe(0);
    expect(await ndcgOf(new Array(40).fill(2), { positives: [3] })).toBe(0);
    expect(await ndcgOf([0, Number.NEGATIVE_INFINITY, 1], { positives: [1] })).toBe(0.5);
  });

  test('refuses a ranker that gives another number of scores', async () => {
    const side = {
      itemCount: 3,
      users: Int32Array.of(0),
      offsets: Uint32Array.of(0, 1),
      positives: Int32Array.of(0),
      seen: [new Uint32Array(0)],
    };
    const ranker: Ranker = { scoreUsers: async () => new Float32Array(2) };
    await expect(ndcgAfterCut(ranker, side, 10)).rejects.toThrow('2 scores for 1 users x 3 items');
  });

  test('agrees with the definition, item by item', async () => {
    const score = fc.oneof(fc.integer({ min: -3, max: 6 }), fc.constant(Number.NaN));
    const scores = fc.array(score, { minLength: 3, maxLength: 40 });
    const parts = fc.array(fc.constantFrom('other', 'seen', 'positive'), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(scores, parts, fc.integer({ min: 1, max: 12 }), async (values, roles, cutoff) => {
        const of = (role: string) => [...values.keys()].filter((item) => roles[item] === role);
        const [seen, positives] = [of('seen'), of('positive')];
        const candidates = [...values.keys()].filter((item) => roles[item] !== 'seen');
        const ranks = positives
          .filter((item) => !Number.isNaN(values[item]))
          .map((item) => candidates.filter((other) => !(values[other]! < values[item]!)).length);
        const expected = ndcgOfMany(ranks, positives.length, cutoff);
        expect(await ndcgOf(values, { positives, seen, cutoff })).toBeCloseTo(expected, 12);
      }),
    );
  });
});
