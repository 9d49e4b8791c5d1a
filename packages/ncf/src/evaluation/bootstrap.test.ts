import { describe, expect, test } from '@jest/globals';
import { uniform } from '../random/counter-random.ts';
import { bootstrapEstimates, quantile } from './bootstrap.ts';

const options = { resamples: 1_000, seed: 3 };

describe('bootstrapEstimates', () => {
  test('has the mean of the values, and no width when they are equal', () => {
    const [estimate] = bootstrapEstimates([Float64Array.of(0.25, 0.25, 0.25)], options);
    expect(estimate).toEqual({ mean: 0.25, low: 0.25, high: 0.25 });
  });

  test('has the width that the normal approximation of a proportion has', () => {
    // 2,000 users, 600 hits: 0.3 +- 1.96 x sqrt(0.3 x 0.7 / 2000) = 0.3 +- 0.0201.
    const hits = Float64Array.from({ length: 2_000 }, (_, user) => (user < 600 ? 1 : 0));
    const [estimate] = bootstrapEstimates([hits], options);
    expect(estimate!.mean).toBeCloseTo(0.3, 12);
    expect(Math.abs(estimate!.low - 0.2799)).toBeLessThan(0.003);
    expect(Math.abs(estimate!.high - 0.3201)).toBeLessThan(0.003);
  });

  test('covers the truth about 95 times in 100', () => {
    let covered = 0;
    for (let trial = 0; trial < 300; trial++) {
      const values = Float64Array.from({ length: 60 }, (_, user) => uniform(8, trial, user));
      const [estimate] = bootstrapEstimates([values], { resamples: 400, seed: trial });
      if (estimate!.low <= 0.5 && 0.5 <= estimate!.high) covered++;
    }
    // Binomial of 300 x 0.95 = 285, standard deviation 3.8; small samples cover a little less.
    expect(covered).toBeGreaterThan(268);
    expect(covered).toBeLessThan(299);
  });

  test('depends on the seed alone, and not on what else is estimated', () => {
    const values = Float64Array.from({ length: 50 }, (_, user) => (user * 7) % 11);
    const alone = bootstrapEstimates([values], options);
    expect(bootstrapEstimates([values.map((value) => -value), values], options)[1]).toEqual(alone[0]);
    expect(bootstrapEstimates([values], { ...options, seed: 4 })).not.toEqual(alone);
  });

  test('refuses nobody, and series of unequal length', () => {
    expect(() => bootstrapEstimates([new Float64Array(0)], options)).toThrow(RangeError);
    expect(() => bootstrapEstimates([new Float64Array(2), new Float64Array(3)], options)).toThrow(RangeError);
  });
});

test('a quantile lies between its neighbours', () => {
  const sorted = Float64Array.of(0, 10, 20, 30, 40);
  expect([0, 0.25, 0.6, 1].map((share) => quantile(sorted, share))).toEqual([0, 10, 24, 40]);
  expect(quantile(Float64Array.of(5), 0.975)).toBe(5);
});
