import { expect, test } from '@jest/globals';
import { syntheticPairs } from './synthetic-pairs.ts';

test('as many pairs as asked for, none of them twice, the same on each call', () => {
  const pairs = syntheticPairs(60, 37, 1_000);
  expect(pairs).toEqual(syntheticPairs(60, 37, 1_000));
  expect(pairs.items).toHaveLength(1_000);
  expect(pairs.offsets[60]).toBe(1_000);
  for (let user = 0; user < 60; user++) {
    const own = pairs.items.subarray(pairs.offsets[user]!, pairs.offsets[user + 1]!);
    expect(new Set(own).size).toBe(own.length);
    expect(own.every((item) => item < 37)).toBe(true);
    expect([16, 17]).toContain(own.length);
  }
});

test('every pair of a full matrix is found, and more do not exist', () => {
  const { items } = syntheticPairs(3, 14, 42);
  expect([...items.slice(14, 28)].sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, i) => i));
  expect(() => syntheticPairs(3, 14, 43)).toThrow(RangeError);
});

test('low indices are popular', () => {
  const { items } = syntheticPairs(1_000, 500, 20_000);
  const low = items.filter((item) => item < 125).length;
  expect(low / items.length).toBeGreaterThan(0.4);
});
