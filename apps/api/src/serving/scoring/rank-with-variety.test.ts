import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rankWithVariety } from './rank-with-variety.ts';

/** Ranks by index, the smallest first, as the exact ranker would. */
const byIndex =
  (itemCount: number, asked: number[] = []) =>
  (n: number, eligible: Uint8Array) => {
    asked.push(n);
    return Array.from({ length: itemCount }, (_, itemIndex) => ({ itemIndex, score: -itemIndex }))
      .filter(({ itemIndex: i }) => (eligible[i >> 3]! >> (i & 7)) & 1)
      .slice(0, n);
  };
const allOf = (count: number) => new Uint8Array(Math.ceil(count / 8)).fill(0xff);
const indices = (ranked: readonly { itemIndex: number }[]) => ranked.map(({ itemIndex }) => itemIndex);

describe('rankWithVariety', () => {
  it('is the walk over the whole ranking that skips items of full groups', () => {
    const group = fc.constantFrom(0, 1, 2, 3, 1_000);
    const request = fc.record({
      groups: fc.array(group, { minLength: 1, maxLength: 120 }),
      n: fc.nat(60),
      maxPerGroup: fc.integer({ min: 1, max: 4 }),
      ineligible: fc.array(fc.nat(119)),
    });
    fc.assert(
      fc.property(request, ({ groups, n, maxPerGroup, ineligible }) => {
        const eligible = allOf(groups.length);
        for (const item of ineligible) if (item < groups.length) eligible[item >> 3]! &= ~(1 << (item & 7));
        const kept = eligible.slice();
        const counts: Record<number, number> = {};
        const expected = groups.flatMap((one, item) => {
          if (ineligible.includes(item)) return [];
          counts[one] = (counts[one] ?? 0) + 1;
          return one === 0 || counts[one] <= maxPerGroup ? [item] : [];
        });
        const variety = { groups: Uint32Array.from(groups), maxPerGroup };
        const found = rankWithVariety({ n, eligible, variety }, byIndex(groups.length));
        expect(indices(found)).toEqual(expected.slice(0, n));
        expect(eligible).toEqual(kept);
      }),
      { numRuns: 1_000 },
    );
  });

  it('looks behind a thousand items of a full group in two calls', () => {
    const asked: number[] = [];
    const groups = Uint32Array.from({ length: 1_003 }, (_, item) => (item < 1_000 ? 5 : item));
    const variety = { groups, maxPerGroup: 1 };
    const found = rankWithVariety({ n: 3, eligible: allOf(groups.length), variety }, byIndex(1_003, asked));
    expect(indices(found)).toEqual([0, 1_000, 1_001]);
    expect(asked).toHaveLength(2);
  });

  it('asks once, for n, where nothing limits the groups', () => {
    const asked: number[] = [];
    const found = rankWithVariety({ n: 2, eligible: allOf(9), variety: undefined }, byIndex(9, asked));
    expect([indices(found), asked]).toEqual([[0, 1], [2]]);
  });
});
