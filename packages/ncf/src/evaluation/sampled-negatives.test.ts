import { describe, expect, test } from '@jest/globals';
import { sampleNegatives } from './sampled-negatives.ts';
import { splitLeaveOneOut } from './split-leave-one-out.ts';
import { interactionsOf } from './testing/interactions-of.ts';

// Training items 5 and 2, validation item 9, test item 0.
const rows = [
  [5, 2, 9, 0],
  [1, 3, 7, 8],
  [4, 6],
];
const split = splitLeaveOneOut(interactionsOf(rows, 12));
const users = Uint32Array.of(0, 2);

function rowsOf(count: number, seed = 1): number[][] {
  const { offsets, items } = sampleNegatives(split.train, split.testItems, users, { count, seed });
  return [0, 1].map((place) => [...items.subarray(offsets[place]!, offsets[place + 1]!)]);
}

describe('sampleNegatives', () => {
  test('draws distinct items that are neither trained on nor the positive; validation items may come', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const [first] = rowsOf(4, seed);
      expect(new Set(first).size).toBe(4);
      for (const item of first!) seen.add(item);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([1, 3, 4, 6, 7, 8, 9, 10, 11]);
  });

  test('takes all where there are fewer than asked for', () => {
    expect(rowsOf(99)).toEqual([
      [1, 3, 4, 6, 7, 8, 9, 10, 11],
      [0, 1, 2, 3, 5, 7, 8, 9, 10, 11],
    ]);
  });

  test('draws each candidate equally often', () => {
    const counts = new Uint32Array(12);
    for (let seed = 0; seed < 9_000; seed++) for (const item of rowsOf(3, seed)[0]!) counts[item]!++;
    // 9,000 draws of 3 in 9: mean 3,000, standard deviation 44.7.
    for (const item of [1, 3, 4, 6, 7, 8, 9, 10, 11])
      expect(Math.abs(counts[item]! - 3_000)).toBeLessThan(200);
  });

  test('draws for a user the same whoever else is ranked', () => {
    const alone = sampleNegatives(split.train, split.testItems, Uint32Array.of(2), { count: 4, seed: 1 });
    expect([...alone.items]).toEqual(rowsOf(4)[1]);
    expect(rowsOf(4, 2)).not.toEqual(rowsOf(4, 1));
  });
});
