import { describe, expect, test } from '@jest/globals';
import { curveAt, inverseCurve, positionIn, prefixSums } from './curve.ts';

describe('curveAt', () => {
  test('goes through its points and holds the ends', () => {
    const curve = {
      scale: 'linear',
      points: [
        [0, 1],
        [2, 5],
      ],
    } as const;
    expect([-1, 0, 1, 2, 3].map((x) => curveAt(curve, x))).toEqual([1, 1, 3, 5, 5]);
  });

  test('is a power law between the points of a log-log curve', () => {
    // y = x^2
    expect(
      curveAt(
        {
          scale: 'log-log',
          points: [
            [1, 1],
            [100, 10_000],
          ],
        },
        10,
      ),
    ).toBeCloseTo(100, 9);
  });

  test('is exponential between the points of a log-y curve', () => {
    expect(
      curveAt(
        {
          scale: 'log-y',
          points: [
            [0, 1],
            [2, 100],
          ],
        },
        1,
      ),
    ).toBeCloseTo(10, 9);
  });

  test('the inverse of a falling curve leads back', () => {
    const falling = {
      scale: 'log-log',
      points: [
        [1, 1_000],
        [10, 50],
        [80, 2],
      ],
    } as const;
    for (const x of [1, 2.5, 10, 33, 80])
      expect(curveAt(inverseCurve(falling), curveAt(falling, x))).toBeCloseTo(x, 9);
  });
});

test('positionIn finds the weight that a position falls into, within bounds', () => {
  const sums = prefixSums([2, 0, 3, 5]);
  expect([...sums]).toEqual([0, 2, 2, 5, 10]);
  expect([0, 1.9, 2, 4.9, 5, 9.9].map((position) => positionIn(sums, position, 0, 4))).toEqual([
    0, 0, 2, 2, 3, 3,
  ]);
  expect(positionIn(sums, 5, 1, 3)).toBe(2);
});
