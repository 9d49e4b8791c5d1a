import { expect } from '@jest/globals';
import type { Model } from '@sommelier/ncf';
import { bruteForceTop } from './random-model.ts';

/** Compares an answer with the definition of the model, over the whole catalogue. */
export function expectExact(
  answer: { items: { rank: number; itemId: string; score: number }[] },
  model: Model,
  userId: string,
  n: number,
  excluded: ReadonlySet<string>,
): void {
  const expected = bruteForceTop(model, userId, n, excluded);
  expect(answer.items.map((item) => item.itemId)).toEqual(expected.map((item) => item.itemId));
  expect(answer.items.map((item) => item.rank)).toEqual(expected.map((_, index) => index + 1));
  for (const [index, { score }] of answer.items.entries())
    expect(score).toBeCloseTo(expected[index]!.score, 9);
}
