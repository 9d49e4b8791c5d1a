import { expect, test } from '@jest/globals';
import { hitRate, meanNdcg, ndcg, UNRANKED } from './ranking-metrics.ts';

test('HR is 1 up to the cutoff', () => {
  expect([1, 10, 11, UNRANKED].map((rank) => hitRate(rank, 10))).toEqual([1, 1, 0, 0]);
  expect(hitRate(2, 1)).toBe(0);
});

test('NDCG falls with the logarithm of the rank', () => {
  expect(ndcg(1, 10)).toBe(1);
  expect(ndcg(2, 10)).toBeCloseTo(0.630_929_753_571, 12);
  expect(ndcg(3, 10)).toBe(0.5);
  expect(ndcg(7, 10)).toBeCloseTo(1 / 3, 12);
  expect(ndcg(10, 10)).toBeCloseTo(0.289_064_826_318, 12);
  expect([ndcg(11, 10), ndcg(UNRANKED, 10), ndcg(2, 1)]).toEqual([0, 0, 0]);
});

test('mean NDCG counts the users without a hit', () => {
  expect(meanNdcg(Uint32Array.of(1, 3, 11, UNRANKED), 10)).toBe(1.5 / 4);
  expect(meanNdcg(new Uint32Array(0), 10)).toBe(0);
});
