import { describe, expect, test } from '@jest/globals';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import { randomParameters } from '../model-file/testing/random-model.ts';
import { createScorer } from './scorer.ts';
import { topNForUser } from './top-n.ts';

/** Equation 12 as it stands in the paper: no split, one pair at a time. */
function logit(p: NeuMFParameters, user: number, item: number): number {
  const row = (table: Float32Array, index: number, width: number) => [
    ...table.subarray(index * width, (index + 1) * width),
  ];
  const { factors, layers } = p.shape;
  const width = (layers[0] ?? 0) / 2;
  const itemGmf = row(p.itemGmf, item, factors);
  const gmf = row(p.userGmf, user, factors).map((x, f) => x * itemGmf[f]!);
  let z = [...row(p.userMlp, user, width), ...row(p.itemMlp, item, width)];
  for (const { weight, bias } of p.mlp) {
    const input = z;
    z = [...bias].map((b, unit) =>
      Math.max(
        0,
        input.reduce((sum, x, k) => sum + weight[unit * input.length + k]! * x, b),
      ),
    );
  }
  return [...gmf, ...z].reduce((sum, x, k) => sum + p.outputWeight[k]! * x, p.outputBias[0]!);
}

describe('createScorer', () => {
  test('gives the logit that one computes by hand', () => {
    const { of } = Float32Array;
    const f = of.bind(Float32Array);
    const parameters: NeuMFParameters = {
      shape: { userCount: 1, itemCount: 2, factors: 2, layers: [2, 2] },
      userGmf: f(2, 3),
      itemGmf: f(1, -1, 0, 4),
      userMlp: f(1),
      itemMlp: f(2, -3),
      mlp: [{ weight: f(1, 1, -2, 0.5), bias: f(0.5, 0) }],
      outputWeight: f(1, 2, 3, 4),
      outputBias: f(-1),
    };
    const out = new Float64Array(2);
    createScorer(parameters).scoreUser(0, out);
    // Item 0: gmf 1*2*1 + 2*3*-1 = -4; units max(0, 1 + 2 + .5) = 3.5, max(0, -2 + 1) = 0; -1 - 4 + 3 * 3.5 = 5.5.
    // Item 1: gmf 0 + 2*3*4 = 24; units max(0, 1 - 3 + .5) = 0, max(0, -2 - 1.5) = 0; -1 + 24 = 23.
    expect([...out]).toEqual([5.5, 23]);
  });

  test.each([
    { factors: 8, layers: [64, 32, 16, 8], itemCount: 41 },
    { factors: 3, layers: [10, 7, 5, 1], itemCount: 40 },
    { factors: 1, layers: [2, 3], itemCount: 1 },
    { factors: 4, layers: [6], itemCount: 9 },
    { factors: 5, layers: [], itemCount: 9 },
    { factors: 2, layers: [4, 16, 33, 2], itemCount: 7 },
  ])('equals the unsplit equation for %j', ({ factors, layers, itemCount }) => {
    const parameters = randomParameters({ userCount: 5, itemCount, factors, layers });
    const scorer = createScorer(parameters);
    const out = new Float64Array(itemCount);
    for (const user of [4, 0, 2]) {
      scorer.scoreUser(user, out);
      for (let item = 0; item < itemCount; item++) {
        const expected = logit(parameters, user, item);
        expect(Math.abs(out[item]! - expected)).toBeLessThan(1e-11 * Math.max(1, Math.abs(expected)));
      }
    }
  });

  test('a score does not depend on the item beside it, nor on the user before', () => {
    const shape = { userCount: 3, itemCount: 5, factors: 2, layers: [4, 5, 3] };
    const parameters = randomParameters(shape);
    const whole = new Float64Array(5);
    createScorer(parameters).scoreUser(1, whole);
    const scorer = createScorer({
      ...parameters,
      shape: { ...shape, itemCount: 1 },
      itemGmf: parameters.itemGmf.slice(8),
      itemMlp: parameters.itemMlp.slice(8),
    });
    const last = new Float64Array(1);
    scorer.scoreUser(2, last);
    scorer.scoreUser(1, last);
    expect(last[0]).toBe(whole[4]);
  });

  test('refuses a user or a length that does not exist', () => {
    const scorer = createScorer(randomParameters({ userCount: 2, itemCount: 3, factors: 1, layers: [] }));
    for (const user of [-1, 2, 0.5, Number.NaN]) {
      expect(() => scorer.scoreUser(user, new Float64Array(3))).toThrow('in a model of 2');
    }
    expect(() => scorer.scoreUser(0, new Float64Array(4))).toThrow(RangeError);
  });
});

test('topNForUser leaves out the excluded', () => {
  const scorer = createScorer(randomParameters({ userCount: 1, itemCount: 30, factors: 4, layers: [4, 2] }));
  const all = topNForUser(scorer, 0, 30);
  expect(all).toHaveLength(30);
  const best = all[0]!.itemIndex;
  expect(topNForUser(scorer, 0, 5, [best])).toEqual(all.slice(1, 6));
});
