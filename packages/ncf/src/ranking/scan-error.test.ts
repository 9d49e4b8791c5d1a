import { describe, expect, test } from '@jest/globals';
import { type KernelBuild, ScoringSlot, supportsRelaxedSimd } from '@sommelier/kernel/score';
import { randomParameters } from '../model-file/testing/random-model.ts';
import { createItemScorer } from './item-scorer.ts';
import { scanErrorBound } from './scan-error.ts';
import { createScanMemory, ScanModel } from './scan-model.ts';
import { userEmbedding } from './user-embedding.ts';

const BUILDS: KernelBuild[] = supportsRelaxedSimd() ? ['simd', 'relaxed-simd'] : ['simd'];
const ITEMS = 96;

/** The largest error of the scan over all items of a user, and what the bound says. */
function measure(
  shape: { factors: number; layers: number[] },
  seed: number,
  scale: number,
  build: KernelBuild,
) {
  const parameters = randomParameters({ ...shape, userCount: 1, itemCount: ITEMS }, seed);
  for (const tensor of [parameters.itemGmf, parameters.itemMlp, parameters.outputWeight]) {
    for (let k = 0; k < tensor.length; k++) tensor[k]! *= scale;
  }
  const slot = new ScoringSlot(createScanMemory(parameters.shape)!, 0, build);
  const model = new ScanModel(parameters, slot);
  const user = userEmbedding(parameters, 0);
  const { bias, scanned } = model.user(user);
  const bound = scanErrorBound({ ...scanned, evidence: 0 }, model.network);
  slot.writeUser(0, { bias, weighted: scanned.weighted, half: scanned.half });
  const scorer = createItemScorer(parameters);
  scorer.setUser(user);
  let error = 0;
  let magnitude = 0;
  for (let item = 0; item < ITEMS; item++) {
    slot.eligible(0).fill(0)[item >> 3] = 1 << (item & 7);
    slot.scan([1]);
    const exact = scorer.score(item);
    error = Math.max(error, Math.abs(slot.threshold(0) - exact));
    magnitude = Math.max(magnitude, Math.abs(exact));
  }
  return { error, bound, magnitude };
}

describe.each(BUILDS)('the bound of the scan, %s', (build) => {
  test.each([
    { factors: 1, layers: [] },
    { factors: 512, layers: [] },
    { factors: 4, layers: [40] },
    { factors: 8, layers: [64, 32, 16, 8] },
    { factors: 16, layers: [128, 120, 110, 64] },
    { factors: 3, layers: [6, 5, 4, 3, 4, 5] },
  ])('holds for every item of %j, and is a small part of what the logits are', (shape) => {
    for (const scale of [1, 1e-6, 1e-20, 1e3, 1e9]) {
      for (let seed = 1; seed <= 3; seed++) {
        const { error, bound, magnitude } = measure(shape, seed, scale, build);
        expect(error).toBeLessThanOrEqual(bound);
        expect(bound).toBeLessThan(0.05 * magnitude);
      }
    }
  });

  test('is infinite where float32 could overflow', () => {
    expect(measure({ factors: 2, layers: [4, 3, 2] }, 1, 1e37, build).bound).toBe(Number.POSITIVE_INFINITY);
  });
});

test('the bound grows with every magnitude that it is made of', () => {
  const f = (...numbers: number[]) => Float64Array.from(numbers);
  const user = {
    bias: 1,
    weighted: f(1, -2),
    factorLimits: f(1, 1),
    half: f(-1, 1),
    halfHighest: f(3, 2),
    halfLimits: f(3, 2),
    evidence: 0,
  };
  const network = { maps: [{ weight: f(1, -1, 2, 3), bias: f(0, 1) }], output: f(1, -1), extraTerms: 0 };
  const bound = scanErrorBound(user, network);
  const larger = [
    { ...user, bias: 3 },
    { ...user, weighted: f(1, -3) },
    { ...user, factorLimits: f(2, 1) },
    { ...user, half: f(1, 1) },
    { ...user, halfHighest: f(4, 2) },
    { ...user, halfLimits: f(3, 4) },
    { ...user, evidence: 1 },
  ];
  for (const other of larger) expect(scanErrorBound(other, network)).toBeGreaterThan(bound);
  expect(scanErrorBound({ ...user, half: f(Number.NaN, 0) }, network)).toBe(Number.POSITIVE_INFINITY);
});
