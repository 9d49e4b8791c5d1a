import { expect, test } from '@jest/globals';
import { DistinctRows } from './distinct-rows.ts';

test('rows are numbered in order of first appearance, anew for each batch', () => {
  const distinct = new DistinctRows(10);
  const slots = new Int32Array(5);
  expect([...distinct.collect(Uint32Array.of(7, 3, 7, 9, 3), 5, slots)]).toEqual([7, 3, 9]);
  expect([...slots]).toEqual([0, 1, 0, 2, 1]);
  expect([...distinct.collect(Uint32Array.of(9, 9, 0, 5, 5), 3, slots)]).toEqual([9, 0]);
  expect([...slots]).toEqual([0, 0, 1, 2, 1]);
});

test('a batch longer than any before it', () => {
  const count = 1000;
  const indices = Uint32Array.from({ length: count }, (_, index) => count - 1 - index);
  const slots = new Int32Array(count);
  const rows = new DistinctRows(count).collect(indices, count, slots);
  expect(rows).toEqual(indices);
  expect(slots[999]).toBe(999);
});
