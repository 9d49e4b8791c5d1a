import { expect, test } from '@jest/globals';
import { percentile, summarize } from './latencies.ts';

test('percentiles are values that were measured, by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, k) => k + 1);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile(values, 1)).toBe(100);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile([3, 8], 0.5)).toBe(3);
  expect(percentile([3, 8], 0.51)).toBe(8);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

test('a summary sorts by number and leaves its input alone', () => {
  const values = [100, 9, 10, 2];
  expect(summarize(values)).toEqual({ p50: 9, p95: 100, p99: 100, max: 100 });
  expect(values).toEqual([100, 9, 10, 2]);
  expect(summarize([])).toBeUndefined();
});
