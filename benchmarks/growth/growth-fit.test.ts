import { describe, expect, test } from '@jest/globals';
import { growthExponent } from './growth-fit.ts';

const samplesOf = (amountOf: (events: number) => number, events = [1e5, 1e6, 3e6, 1e7, 3e7]) =>
  events.map((each) => ({ events: each, amount: amountOf(each) }));

describe('growthExponent', () => {
  test('finds the exponent of a power law, whatever its factor', () => {
    for (const exponent of [0, 0.5, 1, 1.05, 2])
      expect(growthExponent(samplesOf((n) => 7e-6 * n ** exponent))).toBeCloseTo(exponent, 10);
  });

  test('is the least-squares slope of the logarithms when the points lie on no line', () => {
    // By hand, over x = 0, 1, 2 and y = 0, 2, 2 decades: the slope is (-1 * -4/3 + 1 * 2/3) / 2 = 1.
    const samples = [
      { events: 1, amount: 1 },
      { events: 10, amount: 100 },
      { events: 100, amount: 100 },
    ];
    expect(growthExponent(samples)).toBeCloseTo(1, 12);
  });

  test('a constant cost lowers it', () => {
    expect(growthExponent(samplesOf((n) => 1 + n / 1e6))).toBeLessThan(0.9);
  });

  test('has none without two sizes, or where nothing was measured', () => {
    expect(growthExponent([])).toBeUndefined();
    expect(growthExponent([{ events: 5, amount: 1 }])).toBeUndefined();
    expect(growthExponent(samplesOf((n) => n, [1e6, 1e6]))).toBeUndefined();
    expect(growthExponent(samplesOf(() => 0))).toBeUndefined();
  });
});
