import { describe, expect, test } from '@jest/globals';
import type { Estimate } from '@sommelier/contracts';
import fc from 'fast-check';
import { type Comparison, decide } from './decide.ts';

const about = (mean: number, halfWidth: number): Estimate => ({
  mean,
  low: mean - halfWidth,
  high: mean + halfWidth,
});

interface Case {
  readonly toIncumbent?: Estimate | null;
  readonly toPopularity?: Estimate;
  readonly pairs?: number;
  readonly users?: number;
  /** Of the last items, less popularity. */
  readonly last?: Estimate;
  readonly lastUsers?: number;
}

/** An incumbent with NDCG 0.2, of which 2% are 0.004, and a candidate that is clearly above popularity. */
function comparison(change: Case = {}): Comparison {
  const { toIncumbent = about(0, 0.01), toPopularity = about(0.05, 0.02) } = change;
  return {
    afterCut: {
      pairs: change.pairs ?? 500,
      users: change.users ?? 500,
      incumbentNdcg: toIncumbent && about(0.2, 0.01),
      difference: { incumbent: toIncumbent, popularity: toPopularity },
    },
    leaveOneOut: { users: change.lastUsers ?? 500, popularity: change.last ?? about(0.05, 0.02) },
  };
}
const isAccepted = (change?: Case): boolean => decide(comparison(change)).isAccepted;

describe('the verdict', () => {
  test('a candidate like the incumbent is accepted', () => {
    expect(decide(comparison())).toEqual({
      isAccepted: true,
      reason:
        "NDCG less the incumbent's is 0.0000 [-0.0100, 0.0100], less popularity's 0.0500 [0.0300, 0.0700], " +
        "less popularity's on the last item of 500 users 0.0500 [0.0300, 0.0700]",
    });
  });

  test.each([
    ['surely worse by more than 2%', { mean: -0.01, low: -0.02, high: -0.0041 }, false],
    ['worse, but perhaps by no more than 2%', { mean: -0.01, low: -0.02, high: -0.0039 }, true],
    ['surely worse by less than 2%', { mean: -0.002, low: -0.003, high: -0.001 }, true],
    ['exactly at the bound', { mean: -0.01, low: -0.02, high: -0.02 * 0.2 }, true],
    ['better', about(0.05, 0.01), true],
    ['not compared', null, true],
  ])('a candidate that is %s', (_, toIncumbent, expected) => {
    expect(isAccepted({ toIncumbent })).toBe(expected);
    // However few users there are, and however good it is beside popularity.
    expect(isAccepted({ toIncumbent, users: 40 })).toBe(expected);
  });

  const perhaps = { mean: 0.01, low: -0.001, high: 0.02 };
  const surely = { mean: 0.01, low: 0.0001, high: 0.02 };
  const worse = { mean: -0.01, low: -0.02, high: -0.0001 };

  const level = { mean: 0, low: -0.01, high: 0.01 };

  test.each<[string, Case, boolean]>([
    ['perhaps no better than popularity', { toPopularity: perhaps }, false],
    ['at popularity', { toPopularity: { mean: 0.01, low: 0, high: 0.02 } }, false],
    ['surely better than popularity', { toPopularity: surely, last: worse }, true],
    ['worse than popularity', { toPopularity: worse }, false],
    ['perhaps no better, of 1,999 users', { toPopularity: perhaps, users: 1_999 }, true],
    ['no better, of 1,999 users', { toPopularity: level, users: 1_999 }, false],
    ['better, of 500 users', { toPopularity: perhaps, last: worse, users: 500 }, true],
    ['no better, of 500 users', { toPopularity: level, users: 500 }, false],
  ])('where enough users are after the cut they decide: %s', (_, change, expected) => {
    expect(isAccepted({ users: 2_000, ...change })).toBe(expected);
    expect(isAccepted({ users: 2_000, ...change, toIncumbent: null })).toBe(expected);
  });

  test.each<[string, Case, boolean]>([
    ['perhaps no better after the cut, surely better on the last items', { last: surely }, true],
    ['perhaps no better on either', { last: perhaps, lastUsers: 2_000 }, false],
    ['perhaps no better on either, of 1,999 users', { last: perhaps, lastUsers: 1_999 }, true],
    ['no better on the last items', { last: level }, false],
    ['no better on either, of few users', { last: level, lastUsers: 499 }, true],
    ['worse on the last items, of few users', { last: worse, lastUsers: 40 }, false],
    ['worse after the cut, surely better on the last items', { toPopularity: worse }, true],
    ['worse after the cut, perhaps better on the last items', { toPopularity: worse, last: perhaps }, false],
    ['worse after the cut, surely better of few users', { toPopularity: worse, lastUsers: 499 }, false],
  ])('where fewer are, the last items decide, too: %s', (_, change, expected) => {
    for (const few of [{ users: 499 }, { pairs: 499 }]) {
      expect(isAccepted({ toPopularity: perhaps, ...few, ...change })).toBe(expected);
    }
  });

  test.each([
    ['surely better', surely, true],
    ['perhaps no better', perhaps, false],
  ])('the last items decide alone where nothing is after a cut: %s', (_, popularity, expected) => {
    const { isAccepted } = decide({ afterCut: undefined, leaveOneOut: { users: 2_000, popularity } });
    expect(isAccepted).toBe(expected);
  });

  test('says all that is wrong, with the figures', () => {
    const toPopularity = { mean: -0.02, low: -0.05, high: 0.01 };
    expect(decide(comparison({ toIncumbent: about(-0.1, 0.01), toPopularity, users: 2_000 })).reason).toBe(
      'it is worse than the incumbent: NDCG differs by -0.1000 [-0.1100, -0.0900], and the upper bound is below ' +
        '-0.0040 (-2% of 0.2000); it is not surely better than popularity after the cut: NDCG differs by -0.0200 ' +
        '[-0.0500, 0.0100], and the lower bound is not above 0',
    );
  });

  test('a better candidate is never refused where a worse one passes', () => {
    const estimate = fc
      .tuple(fc.integer({ min: -90, max: 90 }), fc.nat(40))
      .map(([mean, width]) => about(mean / 100, width / 100));
    const raised = ({ mean, low, high }: Estimate, by: number): Estimate => ({
      mean: mean + by,
      low: low + by,
      high: high + by,
    });
    const count = fc.constantFrom(10, 499, 500, 1_999, 2_000);
    fc.assert(
      fc.property(
        fc.record({
          toIncumbent: estimate,
          toPopularity: estimate,
          last: estimate,
          users: count,
          lastUsers: count,
        }),
        fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)),
        (worst, [a, b, c]) => {
          const better = {
            ...worst,
            toIncumbent: raised(worst.toIncumbent, a / 100),
            toPopularity: raised(worst.toPopularity, b / 100),
            last: raised(worst.last, c / 100),
          };
          expect(isAccepted(worst) && !isAccepted(better)).toBe(false);
        },
      ),
    );
  });
});
