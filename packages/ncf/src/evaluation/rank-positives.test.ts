import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Ranker, rankPositives } from './rank-positives.ts';
import { hitRate, UNRANKED } from './ranking-metrics.ts';
import { sampleNegatives } from './sampled-negatives.ts';
import { splitLeaveOneOut } from './split-leave-one-out.ts';
import { interactionsOf } from './testing/interactions-of.ts';

/** A ranker that gives every user the same scores. */
const rankerOf = (scores: readonly number[]): Ranker => ({
  scoreUsers: async (users) => Float32Array.from([...users].flatMap(() => scores)),
});

/** Rank of item 3, the last of a user who is trained on items 0 and 1, where 2 was withheld for validation. */
async function rankOfThree(scores: number[]): Promise<number> {
  const { train, testItems } = splitLeaveOneOut(interactionsOf([[0, 1, 2, 3]], scores.length));
  const users = Uint32Array.of(0);
  const negatives = sampleNegatives(train, testItems, users, { count: 99, seed: 1 });
  const ranks = await rankPositives(rankerOf(scores), { train, positives: testItems, users, negatives });
  // All candidates were sampled, so both forms must agree.
  expect([...ranks.sampled]).toEqual([...ranks.full]);
  return ranks.full[0]!;
}

describe('rankPositives', () => {
  test('counts the candidates that are better, and not the items of training', async () => {
    expect(await rankOfThree([9, 9, 1, 5, 2])).toBe(1);
    expect(await rankOfThree([9, 0, 6, 5, 2])).toBe(2);
    expect(await rankOfThree([5, 9, 6, 5, 7])).toBe(3);
  });

  test('counts ties against the positive', async () => {
    expect(await rankOfThree([0, 0, 5, 5, 5])).toBe(3);
    expect(await rankOfThree([0, 0, -Infinity, -Infinity, 0])).toBe(3);
  });

  test('a constant scorer does not hit', async () => {
    expect(await rankOfThree(new Array(20).fill(0.5))).toBe(18);
    expect(hitRate(await rankOfThree(new Array(20).fill(0.5)), 10)).toBe(0);
  });

  test('a score that is not a number does not hit, and does not help the others down', async () => {
    expect(await rankOfThree([0, 0, 1, Number.NaN, 1])).toBe(UNRANKED);
    expect(hitRate(await rankOfThree(new Array(20).fill(Number.NaN)), 10)).toBe(0);
    expect(await rankOfThree([Number.NaN, 0, Number.NaN, 5, 1])).toBe(2);
  });

  test('agrees with sorting', async () => {
    const score = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN));
    await fc.assert(
      fc.asyncProperty(fc.array(score, { minLength: 4, maxLength: 30 }), async (scores) => {
        const positive = scores[3]!;
        const others = scores.filter((_, item) => item === 2 || item > 3);
        const sorted = [...others, positive].sort((a, b) =>
          Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : b - a,
        );
        const expected = Number.isNaN(positive) ? UNRANKED : sorted.lastIndexOf(positive) + 1;
        expect(await rankOfThree(scores)).toBe(expected);
      }),
    );
  });

  test('asks for batches of bounded size, and reports each', async () => {
    const itemCount = 1_048_576;
    // User u is trained on item u, and item u + 1 is withheld.
    const users = Uint32Array.from({ length: 19 }, (_, user) => user);
    const train = {
      userCount: 19,
      itemCount,
      offsets: Uint32Array.from({ length: 20 }, (_, user) => user),
      items: users,
      strengths: new Float32Array(19).fill(1),
    };
    const positives = Int32Array.from(users, (user) => user + 1);
    const asked: number[][] = [];
    const shares: number[] = [];
    const ranker: Ranker = {
      async scoreUsers(users) {
        asked.push([...users]);
        const scores = new Float32Array(users.length * itemCount);
        // For user u, u items are better.
        for (const [row, user] of users.entries()) {
          scores[row * itemCount + user + 1] = 1;
          for (let item = 0; item < user; item++) scores[row * itemCount + 100 + item] = 2;
        }
        return scores;
      },
    };
    const ranks = await rankPositives(ranker, { train, positives, users }, (share) => shares.push(share));
    expect(asked.map(({ length }) => length)).toEqual([8, 8, 3]);
    expect(asked.flat()).toEqual([...users]);
    expect(shares).toEqual([8 / 19, 16 / 19, 1]);
    expect([...ranks.full]).toEqual([...users].map((user) => user + 1));
    expect(ranks.sampled).toHaveLength(0);
  });

  test('refuses a ranker that gives another number of scores', async () => {
    const { train, testItems } = splitLeaveOneOut(interactionsOf([[0, 1]], 3));
    const task = { train, positives: testItems, users: Uint32Array.of(0) };
    await expect(rankPositives(rankerOf([1, 2]), task)).rejects.toThrow('2 scores for 1 users x 3 items');
  });
});
