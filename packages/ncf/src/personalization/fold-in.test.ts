import { expect, test } from '@jest/globals';
import { modelFrom } from '../model-file/model.ts';
import { randomInteractions, randomModel } from '../model-file/testing/random-model.ts';
import { FoldIn } from './fold-in.ts';

/** One factor: y = [1, 2, 0] with an output weight of 2, and a user row of 1 for each of two users. */
function oneFactor() {
  return modelFrom(
    { ...randomInteractions(2, 3, 1), items: Uint32Array.of(0, 2), strengths: Float32Array.of(3, 1) },
    {
      shape: { userCount: 2, itemCount: 3, factors: 1, layers: [2, 1] },
      userGmf: Float32Array.of(1, 1),
      itemGmf: Float32Array.of(0.5, 1, 0),
      userMlp: Float32Array.of(3, 5),
      itemMlp: Float32Array.of(0, 0, 0),
      mlp: [{ weight: Float32Array.of(1, 1), bias: Float32Array.of(0) }],
      outputWeight: Float32Array.of(2, 1),
      outputBias: Float32Array.of(0),
    },
  );
}
const OPTIONS = { strengthWeight: 'strength' as const, unobservedWeight: 0.1, regularisation: 0.25 };

test('somebody new gets the row of least squares, and the mean row of the MLP branch', () => {
  const user = new FoldIn(oneFactor(), OPTIONS).newUser([{ itemIndex: 1, weight: 3 }]);
  // A = w0 (1 + 4 + 0) + 3 x 4 + 0.25 x 8 (1 + 0.1 x 3), b = 3 x 8 x 2.
  const matrix = 0.5 + 12 + 2 * 1.3;
  expect(user!.gmf[0]).toBeCloseTo(48 / matrix, 5);
  expect([...user!.mlp]).toEqual([4]);
});

test('a known user moves from the trained row by what the newer items miss', () => {
  const user = new FoldIn(oneFactor(), OPTIONS).knownUser(0, [{ itemIndex: 1, weight: 2 }]);
  // The history has item 0 (y = 1) with strength 3; the trained row gives item 1 a product of 2.
  const matrix = 0.5 + 3 * 1 + 2 * 4 + 2 * (2 + 0.3);
  expect(user.gmf[0]).toBeCloseTo(1 + (2 * (8 - 2) * 2) / matrix, 5);
  expect([...user.mlp]).toEqual([3]);
});

test('without strengths an observed pair of the history weighs 1', () => {
  const foldIn = new FoldIn(oneFactor(), { ...OPTIONS, strengthWeight: 'none' });
  const user = foldIn.knownUser(0, [{ itemIndex: 1, weight: 1 }]);
  const matrix = 0.5 + 1 + 4 + 2 * (2 + 0.3);
  expect(user.gmf[0]).toBeCloseTo(1 + ((8 - 2) * 2) / matrix, 5);
});

test('the row minimises the objective: no step in any direction lowers it', () => {
  const model = randomModel({ userCount: 4, itemCount: 30, factors: 5, layers: [] });
  const items = [
    { itemIndex: 3, weight: 2 },
    { itemIndex: 17, weight: 0.5 },
  ];
  const { itemGmf, outputWeight } = model.parameters;
  const loss = (x: ArrayLike<number>) => {
    const product = (item: number) =>
      Array.from(x).reduce((sum, value, f) => sum + value * outputWeight[f]! * itemGmf[item * 5 + f]!, 0);
    let sum = 0;
    for (const { itemIndex, weight } of items) sum += weight * (8 - product(itemIndex)) ** 2;
    for (let item = 0; item < 30; item++) sum += 0.1 * product(item) ** 2;
    const squared = Array.from(x).reduce((total, value) => total + value * value, 0);
    return sum + 0.25 * 8 * (2 + 0.1 * 30) * squared;
  };
  const { gmf } = new FoldIn(model, OPTIONS).newUser(items)!;
  const least = loss(gmf);
  for (let f = 0; f < 5; f++) {
    for (const step of [-1e-3, 1e-3]) {
      expect(loss(gmf.map((value, at) => (at === f ? value + step : value)))).toBeGreaterThan(least);
    }
  }
});

test('a model without an MLP branch has an empty row of it', () => {
  const model = randomModel({ userCount: 4, itemCount: 9, factors: 3, layers: [] });
  expect(new FoldIn(model, OPTIONS).newUser([{ itemIndex: 0, weight: 1 }])!.mlp).toHaveLength(0);
});
