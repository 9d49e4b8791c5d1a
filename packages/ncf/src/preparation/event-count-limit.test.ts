import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventCountLimit } from './event-count-limit.ts';

const limitOf = (counts: number[], deviations = 2) => eventCountLimit(Uint32Array.from(counts), deviations);

describe('the largest number of events of rule 1', () => {
  test('uses the sample standard deviation, with n - 1', () => {
    // Mean 5; squared distances 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32; sample variance 32 / 7; 5 + 2 x 2.138 = 9.28.
    const limit = limitOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(limit.mean).toBe(5);
    expect(limit.standardDeviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(limit.maxEvents).toBe(9);
    // 5 + 1.88 x 2.138 = 9.02, but with n in place of n - 1 it would be 5 + 1.88 x 2 = 8.76.
    expect(limitOf([2, 4, 4, 4, 5, 5, 7, 9], 1.88).maxEvents).toBe(9);
    expect(limitOf([2, 4, 4, 4, 5, 5, 7, 9], 1.87).maxEvents).toBe(8);
  });

  test('keeps a count that is exactly mean + 2 standard deviations, and drops the next one', () => {
    // 3, 3, 3, 3, 4, 8: mean 24 / 6 = 4; squared distances 4 x 1 + 0 + 16 = 20, variance 20 / 5 = 4; 4 + 2 x 2 = 8.
    expect(limitOf([3, 3, 3, 3, 4, 8])).toEqual({ mean: 4, standardDeviation: 2, maxEvents: 8 });
    // 3, 3, 3, 3, 4, 9: mean 25 / 6, variance (6 x 133 - 25^2) / (6 x 5) = 173 / 30; 4.17 + 2 x 2.40 = 8.97.
    expect(limitOf([3, 3, 3, 3, 4, 9]).maxEvents).toBe(8);
  });

  test('keeps everybody of equal counts, and a single user', () => {
    expect(limitOf([7, 7, 7])).toEqual({ mean: 7, standardDeviation: 0, maxEvents: 7 });
    expect(limitOf([41])).toEqual({ mean: 41, standardDeviation: 0, maxEvents: 41 });
    expect(limitOf([])).toEqual({ mean: 0, standardDeviation: 0, maxEvents: 0 });
  });

  test('does not take users without an event for users', () => {
    expect(limitOf([0, 7, 0, 7, 0])).toEqual({ mean: 7, standardDeviation: 0, maxEvents: 7 });
  });

  test('is the mean with 0 deviations', () => {
    expect(limitOf([1, 2, 3, 4], 0).maxEvents).toBe(2);
    expect(limitOf([1, 2, 3], 0).maxEvents).toBe(2);
  });

  test('agrees with the plain formula where that is not at the edge of rounding', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(counts, fc.constantFrom(0, 0.5, 1, 2, 2.75), (values, deviations) => {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const bound = mean + deviations * Math.sqrt(squares / (values.length - 1));
        const { maxEvents } = limitOf(values, deviations);
        for (const value of values) {
          if (Math.abs(value - bound) < 1e-9 * bound) continue;
          expect(value <= maxEvents).toBe(value < bound);
        }
      }),
    );
  });
});
