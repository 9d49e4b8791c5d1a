import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { popularRankOf, topPopular } from './popularity.ts';

const model = { itemPopularity: Uint32Array.of(3, 9, 3, 0, 9, 1, 4, 4, 2, 7) };
/** Items 1, 2, 4, 6 and 9. */
const ELIGIBLE = Uint8Array.of(0b0101_0110, 0b10);

test('the most popular of the eligible items, ties by index', () => {
  expect(topPopular(model, 3, [4], ELIGIBLE)).toEqual([
    { itemIndex: 1, score: 9 },
    { itemIndex: 9, score: 7 },
    { itemIndex: 6, score: 4 },
  ]);
  expect(topPopular(model, 9, [], ELIGIBLE)).toHaveLength(5);
});

test("an item's rank is its place in the whole list", () => {
  const excluded = fc.uniqueArray(fc.nat({ max: 9 }));
  const bits = fc.option(fc.uint8Array({ minLength: 2, maxLength: 2 }), { nil: undefined });
  fc.assert(
    fc.property(excluded, bits, fc.nat({ max: 9 }), (without, eligible, item) => {
      const list = topPopular(model, 10, without, eligible);
      const place = list.findIndex(({ itemIndex }) => itemIndex === item);
      const { rank, score } = popularRankOf(model, item, without, eligible);
      expect(score).toBe(model.itemPopularity[item]);
      if (place >= 0) expect(rank).toBe(place + 1);
    }),
  );
  expect(popularRankOf(model, 6, [4], ELIGIBLE)).toEqual({ rank: 3, score: 4 });
  expect(() => popularRankOf(model, 10)).toThrow('there is no item 10');
});
