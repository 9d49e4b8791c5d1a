import { expect, test } from '@jest/globals';
import { bruteForceLogits, firstEligible, fullRanking } from './brute-force.ts';
import { filterCasesOf } from './filter-cases.ts';
import { madeUpCategories, madeUpItem } from './made-up-items.ts';

test('the logit is the one that a hand computes', () => {
  const numbers = (...values: number[]) => Float32Array.from(values);
  const parameters = {
    shape: { userCount: 1, itemCount: 2, factors: 2, layers: [2, 1] },
    userGmf: numbers(1, 2),
    itemGmf: numbers(3, 4, -1, 0.5),
    userMlp: numbers(2),
    itemMlp: numbers(1, -3),
    mlp: [{ weight: numbers(1, 2), bias: numbers(0.5) }],
    outputWeight: numbers(1, 0.5, 2),
    outputBias: numbers(0.25),
  };
  // 0.25 + 1*1*3 + 0.5*2*4 + 2*relu(0.5 + 1*2 + 2*1), and 0.25 - 1 + 0.5 + 2*relu(0.5 + 2 - 6)
  expect([...bruteForceLogits(parameters, 0)]).toEqual([16.25, -0.25]);
});

test('a ranking is sorted by score, then by index, and walked past what is full', () => {
  const ranking = fullRanking(Float64Array.of(1, 3, 3, 2));
  expect(ranking).toEqual([1, 2, 3, 0]);
  expect(firstEligible(ranking, 2, (item) => item !== 1)).toEqual([2, 3]);
  const categoryOf = (item: number) => (item === 0 ? null : 'a');
  expect(firstEligible(ranking, 3, () => true, { categoryOf, maxPerCategory: 1 })).toEqual([1, 0]);
});

test('every filter leaves some items and removes some', () => {
  const items = Array.from({ length: 500 }, (_, index) => madeUpItem(index, 1));
  const cases = filterCasesOf(7, { itemCount: 500, categories: madeUpCategories(), seed: 1 });
  const left = Object.entries(cases).map(([name, { meets }]) => [name, items.filter(meets).length] as const);
  for (const [name, count] of left) {
    const isFilter = !['none', 'excludeSeen', 'maxPerCategory'].includes(name);
    expect([name, count > 0, count < 500]).toEqual([name, true, isFilter]);
  }
});
