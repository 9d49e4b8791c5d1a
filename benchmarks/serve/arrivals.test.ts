import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Arrivals } from './arrivals.ts';

function all(arrivals: Arrivals): number[] {
  const times: number[] = [];
  for (let due = arrivals.takeDue(Infinity); due !== undefined; due = arrivals.takeDue(Infinity))
    times.push(due);
  return times;
}

test('requests are due in order, before the end, and at the same times for the same seed', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 2_000, noNaN: true }),
      fc.integer({ min: 0, max: 99 }),
      (rate, seed) => {
        const times = all(new Arrivals(rate, 0.5, seed));
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.every((time) => time >= 0 && time < 500)).toBe(true);
        expect(all(new Arrivals(rate, 0.5, seed))).toEqual(times);
      },
    ),
  );
});

test('the gaps have the mean and the standard deviation of a Poisson process', () => {
  const times = all(new Arrivals(1_000, 20, 7));
  const gaps = times.map((time, k) => time - (times[k - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(mean).toBeCloseTo(1, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(1, 1);
});

test('nothing is due before its time, however often one asks, and what was missed comes at once', () => {
  const times = all(new Arrivals(100, 1, 3));
  const arrivals = new Arrivals(100, 1, 3);
  expect(arrivals.nextMs).toBe(times[0]);
  expect(arrivals.takeDue(times[0]! - 0.001)).toBeUndefined();
  expect(arrivals.takeDue(times[2]!)).toBe(times[0]);
  expect(arrivals.takeDue(times[2]!)).toBe(times[1]);
  expect(arrivals.takeDue(times[2]!)).toBe(times[2]);
  expect(arrivals.takeDue(times[2]!)).toBeUndefined();
  expect(arrivals.over).toBe(false);
});
