import { describe, expect, test } from '@jest/globals';
import { drawUsers } from './draw-users.ts';
import { NO_ITEM, splitLeaveOneOut, trainingPairsOf } from './split-leave-one-out.ts';
import { interactionsOf } from './testing/interactions-of.ts';

describe('splitLeaveOneOut', () => {
  test('withholds the last item for the test and the one before for validation, by what the user has', () => {
    // Strengths run 1, 2, 3 over the pairs.
    const interactions = interactionsOf([[4], [3, 0], [2, 1, 4], [0, 1, 2, 3], []], 5);
    const { train, testItems, validationItems } = splitLeaveOneOut(interactions);
    expect([...testItems]).toEqual([NO_ITEM, 0, 4, 3, NO_ITEM]);
    expect([...validationItems]).toEqual([NO_ITEM, NO_ITEM, 1, 2, NO_ITEM]);
    expect([...train.offsets]).toEqual([0, 1, 2, 3, 5, 5]);
    expect([...train.items]).toEqual([4, 3, 2, 0, 1]);
    expect([...train.strengths]).toEqual([1, 2, 1, 1, 2]);
    expect([train.userCount, train.itemCount]).toEqual([5, 5]);
  });

  test('leaves the interactions as they were', () => {
    const interactions = interactionsOf(
      [
        [2, 1, 4],
        [0, 1],
      ],
      5,
    );
    splitLeaveOneOut(interactions);
    expect([...trainingPairsOf(interactions).items]).toEqual([2, 1, 4, 0, 1]);
  });
});

describe('drawUsers', () => {
  const withheld = Int32Array.from({ length: 100 }, (_, user) => (user % 2 === 0 ? 7 : NO_ITEM));
  const key = { seed: 1, stream: 2 };

  test('takes everybody with a withheld item when they are few', () => {
    expect([...drawUsers(withheld, 50, key)]).toEqual([...new Array(50).keys()].map((n) => 2 * n));
    expect([...drawUsers(withheld.subarray(0, 0), 50, key)]).toEqual([]);
  });

  test('draws distinct users with a withheld item, ascending, by seed', () => {
    const users = [...drawUsers(withheld, 20, key)];
    expect(new Set(users).size).toBe(20);
    expect(users.every((user) => user % 2 === 0)).toBe(true);
    expect(users).toEqual([...users].sort((a, b) => a - b));
    expect([...drawUsers(withheld, 20, key)]).toEqual(users);
    expect([...drawUsers(withheld, 20, { seed: 2, stream: 2 })]).not.toEqual(users);
  });

  test('draws each user equally often', () => {
    const counts = new Uint32Array(100);
    for (let seed = 0; seed < 2_000; seed++) {
      for (const user of drawUsers(withheld, 10, { seed, stream: 2 })) counts[user]!++;
    }
    // 2,000 draws of 1 in 5: mean 400, standard deviation 18.
    for (let user = 0; user < 100; user += 2) expect(Math.abs(counts[user]! - 400)).toBeLessThan(90);
  });
});
