import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rowCapacity } from './row-capacity.ts';

test('a list of rows is padded by at most an eighth, or to 64', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), (count) => {
      const capacity = rowCapacity(count);
      expect(capacity).toBeGreaterThanOrEqual(count);
      expect(capacity).toBeLessThan(Math.max(count + 64, count * 1.125 + 1));
    }),
  );
});

test('batches of all sizes up to a million rows have few lengths', () => {
  const lengths = new Set<number>();
  for (let count = 1; count <= 2 ** 20; count++) lengths.add(rowCapacity(count));
  expect(lengths.size).toBeLessThan(100);
});
