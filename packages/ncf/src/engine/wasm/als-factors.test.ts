import { expect, test } from '@jest/globals';
import { blockPairs } from '../testing/toy-pairs.ts';
import { type AlsSettings, alsFactors } from './als-factors.ts';

const SETTINGS: AlsSettings = {
  factors: 6,
  iterations: 6,
  unobservedWeight: 0.05,
  regularisation: 0.01,
  strengthWeight: 'none',
  seed: 3,
  threads: 1,
  build: 'simd',
};

test('the withheld item of a block has the largest product among the items that the user does not have', async () => {
  const { pairs, withheld } = blockPairs(5, 12, 12);
  const seen: number[] = [];
  const { users, items } = await alsFactors(pairs, SETTINGS, (done) => seen.push(done));
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  const product = (user: number, item: number) =>
    users
      .subarray(user * 6, user * 6 + 6)
      .reduce((sum, value, factor) => sum + value * items[item * 6 + factor]!, 0);
  for (let user = 0; user < pairs.userCount; user++) {
    const own = new Set(pairs.items.subarray(pairs.offsets[user], pairs.offsets[user + 1]));
    const others = Array.from({ length: pairs.itemCount }, (_, item) => item).filter(
      (item) => !own.has(item),
    );
    const best = others.reduce((a, b) => (product(user, b) > product(user, a) ? b : a));
    expect(best).toBe(withheld[user]);
  }
});

test('depends on the seed and on the strengths, and not on the threads', async () => {
  const { pairs } = blockPairs(3, 8, 8);
  const strong = { ...pairs, strengths: pairs.strengths.map((_, pair) => 1 + (pair % 3)) };
  const first = await alsFactors(strong, SETTINGS);
  expect(await alsFactors(strong, { ...SETTINGS, threads: 3 })).toEqual(first);
  expect((await alsFactors(strong, { ...SETTINGS, seed: 4 })).items).not.toEqual(first.items);
  expect((await alsFactors(strong, { ...SETTINGS, strengthWeight: 'strength' })).items).not.toEqual(
    first.items,
  );
});

test('factors that no memory holds are refused with what to lower', async () => {
  const many = {
    userCount: 2_200_000,
    itemCount: 2,
    offsets: new Uint32Array(2_200_001).fill(1, 1),
    items: Uint32Array.of(1),
    strengths: Float32Array.of(1),
  };
  await expect(alsFactors(many, { ...SETTINGS, factors: 512 })).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringMatching(/not enough memory for pre-training.*Lower model.factors/),
  });
});
