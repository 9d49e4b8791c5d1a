import { expect, test } from '@jest/globals';
import { solvePositiveDefinite } from './cholesky.ts';

test('solves a system that is computed by hand, and reads the lower triangle only', () => {
  // [[4, 2], [2, 5]] x = [10, 13] has x = [1.5, 2].
  const vector = Float64Array.of(10, 13);
  expect(solvePositiveDefinite(Float64Array.of(4, 99, 2, 5), vector)).toBe(true);
  expect(vector[0]).toBeCloseTo(1.5, 12);
  expect(vector[1]).toBeCloseTo(2, 12);
});

test('says so when a matrix is not positive definite or not finite', () => {
  expect(solvePositiveDefinite(Float64Array.of(1, 0, 2, 1), Float64Array.of(1, 1))).toBe(false);
  expect(solvePositiveDefinite(Float64Array.of(0), Float64Array.of(1))).toBe(false);
  expect(solvePositiveDefinite(Float64Array.of(Number.NaN), Float64Array.of(1))).toBe(false);
  expect(solvePositiveDefinite(Float64Array.of(Number.POSITIVE_INFINITY), Float64Array.of(1))).toBe(false);
});
