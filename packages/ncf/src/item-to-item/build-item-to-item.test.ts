import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomInteractions } from '../model-file/testing/random-model.ts';
import { buildItemToItem } from './build-item-to-item.ts';
import { checkItemToItem, type ItemToItem } from './item-to-item.ts';

function histories(itemCount: number, ...rows: number[][]) {
  const offsets = Uint32Array.from([0, ...rows.map((_, user) => rows.slice(0, user + 1).flat().length)]);
  return { itemCount, offsets, items: Uint32Array.from(rows.flat()) };
}

/** `{item: {neighbour: weight}}` */
function table({ offsets, items, weights }: ItemToItem) {
  const rows: Record<number, Record<number, number>> = {};
  for (let item = 0; item + 1 < offsets.length; item++) {
    const entries = [...items.subarray(offsets[item]!, offsets[item + 1]!)];
    rows[item] = Object.fromEntries(entries.map((other, k) => [other, weights[offsets[item]! + k]!]));
  }
  return rows;
}

test('a pair counts by its distance and direction, over the users of the item', () => {
  const built = buildItemToItem(histories(4, [0, 1, 2], [1, 0], [3]), {
    distanceExponent: 1,
    backwardWeight: 0.5,
  });
  // From 0: 1 comes right after it once and right before it once, 2 comes two after it; two users have 0.
  expect(table(built)).toEqual({
    0: { 1: (1 + 0.5) / 2, 2: 1 / 2 / 2 },
    1: { 0: (0.5 + 1) / 2, 2: 1 / 2 },
    2: { 0: 0.25, 1: 0.5 },
    3: {},
  });
});

test('what lies further apart, before the latest items of a user, or with another user is not seen together', () => {
  const options = { distanceExponent: 0, backwardWeight: 0, maxDistance: 2, maxItemsPerUser: 4 };
  const built = buildItemToItem(histories(6, [5, 0, 1, 2, 3], [4, 5]), options);
  expect(table(built)).toEqual({
    0: { 1: 1, 2: 1 },
    1: { 2: 1, 3: 1 },
    2: { 3: 1 },
    3: {},
    4: { 5: 1 },
    5: {},
  });
});

test('each item keeps its largest, of equal ones the first, in ascending order', () => {
  const built = buildItemToItem(histories(5, [4, 3, 2, 1, 0], [4, 1]), {
    neighbours: 2,
    distanceExponent: 0,
    backwardWeight: 0,
  });
  expect(table(built)[4]).toEqual({ 0: 0.5, 1: 1 });
  expect(table(built)[3]).toEqual({ 0: 1, 1: 1 });
});

test('equals a quadratic count of all pairs', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 6 }), (seed, perUser) => {
      const { offsets, items } = randomInteractions(8, 12, perUser, seed);
      const built = buildItemToItem({ offsets, items, itemCount: 12 }, { maxDistance: 3, neighbours: 12 });
      checkItemToItem(built, 12);
      const users = new Float64Array(12);
      const sums = Array.from({ length: 12 }, () => new Float64Array(12));
      for (let user = 0; user < 8; user++) {
        const row = items.subarray(offsets[user]!, offsets[user + 1]!);
        for (const [a, from] of row.entries()) {
          users[from]!++;
          for (const [b, to] of row.entries()) {
            if (a === b || Math.abs(b - a) > 3) continue;
            sums[from]![to]! += (b > a ? 1 : 0.5) * Math.abs(b - a) ** -1;
          }
        }
      }
      const rows = table(built);
      for (let from = 0; from < 12; from++) {
        for (let to = 0; to < 12; to++) {
          const expected = users[from] === 0 ? 0 : sums[from]![to]! / users[from]!;
          expect(rows[from]![to] ?? 0).toBeCloseTo(expected, 6);
        }
      }
    }),
    { numRuns: 50 },
  );
});
