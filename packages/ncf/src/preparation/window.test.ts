import { expect, test } from '@jest/globals';
import { windowOf } from './window.ts';

test('the window reaches back so many days from the newest event', () => {
  expect(windowOf(1_000_000_000, 1)).toEqual({ fromMs: 913_600_000, asOfMs: 1_000_000_000 });
  expect(windowOf(86_400_000, 1)).toEqual({ fromMs: 0, asOfMs: 86_400_000 });
  // A window longer than time itself.
  expect(windowOf(5, 1)).toEqual({ fromMs: 5 - 86_400_000, asOfMs: 5 });
});

test('0 days are all events', () => {
  expect(windowOf(5, 0)).toEqual({ fromMs: null, asOfMs: 5 });
});

test('a bound between two milliseconds becomes the lower one, which keeps the same events', () => {
  const oneAndAHalfMs = 1.5 / 86_400_000;
  expect(windowOf(100, oneAndAHalfMs)).toEqual({ fromMs: 98, asOfMs: 100 });
});
