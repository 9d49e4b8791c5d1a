import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { popularityOrder, topPopular } from './popularity.ts';
import { topN } from './top-n.ts';

/** The definition: sort everything. */
function sorted(scores: ArrayLike<number>, n: number, excluded: readonly number[]): number[] {
  return Array.from(scores, (_, item) => item)
    .filter((item) => !excluded.includes(item))
    .sort((a, b) => (scores[a]! === scores[b]! ? a - b : scores[b]! - scores[a]!))
    .slice(0, n);
}

// Few distinct values, so that ties are common; both zeros and both infinities among them.
const score = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double({ noNaN: true }),
);
const case_ = fc.record({
  scores: fc.array(score, { maxLength: 60 }),
  n: fc.nat({ max: 70 }),
  excluded: fc.array(fc.nat({ max: 70 }), { maxLength: 40 }),
});

describe('topN', () => {
  test('equals a full sort, ties by index, exactly min(n, eligible) long', () => {
    fc.assert(
      fc.property(case_, ({ scores, n, excluded }) => {
        const top = topN(Float64Array.from(scores), n, excluded);
        expect(top.map(({ itemIndex }) => itemIndex)).toEqual(sorted(scores, n, excluded));
        for (const { itemIndex, score } of top) expect(score).toBe(scores[itemIndex]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('zero and minus zero are a tie', () => {
    const top = topN(Float64Array.of(-0, 0, -0, 0), 3);
    expect(top.map(({ itemIndex }) => itemIndex)).toEqual([0, 1, 2]);
  });

  test('NaN ranks like -Infinity and still fills the list', () => {
    const scores = Float64Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY, Number.NaN, 2);
    expect(topN(scores, 9).map(({ itemIndex }) => itemIndex)).toEqual([4, 1, 0, 2, 3]);
    expect(topN(scores, 3).map(({ itemIndex }) => itemIndex)).toEqual([4, 1, 0]);
  });

  test('the excluded may be any iterable, of more items than there are', () => {
    expect(topN(Float64Array.of(1, 2, 3), 2, Uint32Array.of(2, 2, 77))).toEqual([
      { itemIndex: 1, score: 2 },
      { itemIndex: 0, score: 1 },
    ]);
    expect(topN(Float64Array.of(1, 2), 5, new Set([0, 1]))).toEqual([]);
    expect(topN(new Float64Array(0), 5)).toEqual([]);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('n = %p is a RangeError', (n) => {
    expect(() => topN(Float64Array.of(1), n)).toThrow(RangeError);
    expect(() => topPopular({ itemPopularity: Uint32Array.of(1) }, n)).toThrow(RangeError);
  });
});

describe('topPopular', () => {
  test('is the order by users, ties by index', () => {
    expect([...popularityOrder(Uint32Array.of(1, 5, 0, 5, 4_294_967_295))]).toEqual([4, 1, 3, 0, 2]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 32 - 1 })), (counts) => {
        const byHand = counts.map((_, item) => item).sort((a, b) => counts[b]! - counts[a]! || a - b);
        expect([...popularityOrder(Uint32Array.from(counts))]).toEqual(byHand);
      }),
    );
  });

  test('equals a full sort without the excluded', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 })), case_, (counts, { n, excluded }) => {
        const top = topPopular({ itemPopularity: Uint32Array.from(counts) }, n, excluded);
        expect(top.map(({ itemIndex }) => itemIndex)).toEqual(sorted(counts, n, excluded));
        for (const { itemIndex, score } of top) expect(score).toBe(counts[itemIndex]);
      }),
    );
  });
});
