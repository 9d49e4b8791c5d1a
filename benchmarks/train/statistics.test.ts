import { expect, test } from '@jest/globals';
import { median, spreadOf } from './statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([10, 1, 9])).toBe(9);
  expect(median([10, 2, 1, 9])).toBe(5.5);
});

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('a spread tells the median and the ends, and leaves the values as they are', () => {
  const values = [3, 1, 2];
  expect(spreadOf(values)).toEqual({ median: 2, least: 1, most: 3 });
  expect(values).toEqual([3, 1, 2]);
});
