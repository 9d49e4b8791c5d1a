import { describe, expect, test } from '@jest/globals';
import { type KernelBuild, ScoringSlot, supportsRelaxedSimd } from '@sommelier/kernel/score';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import { randomParameters } from '../model-file/testing/random-model.ts';
import { coarseUser } from './coarse-network.ts';
import { CoarseTrust } from './coarse-trust.ts';
import { createItemScorer } from './item-scorer.ts';
import { scanErrorBound } from './scan-error.ts';
import { createScanMemory, ScanModel } from './scan-model.ts';
import { type UserEmbedding, userEmbedding } from './user-embedding.ts';

const BUILDS: KernelBuild[] = supportsRelaxedSimd() ? ['simd', 'relaxed-simd'] : ['simd'];
const ITEMS = 160;

/** The largest error of the coarse scan over all items of a user, and what the bound says. */
function measure(parameters: NeuMFParameters, user: UserEmbedding, build: KernelBuild) {
  const slot = new ScoringSlot(createScanMemory(parameters.shape)!, 0, build);
  const model = new ScanModel(parameters, slot);
  const { bias, scanned } = model.user(user);
  const coarse = coarseUser(scanned, model.coarse!);
  if (coarse === undefined) return undefined;
  slot.writeUser(0, { bias, weighted: scanned.weighted, half: scanned.half });
  slot.writeCoarseUser(0, coarse, model.coarse!.towerStep);
  const scorer = createItemScorer(parameters);
  scorer.setUser(user);
  let error = 0;
  const logits = Array.from({ length: parameters.shape.itemCount }, (_, item) => scorer.score(item));
  for (const [item, logit] of logits.entries()) {
    slot.eligible(0).fill(0)[item >> 3] = 1 << (item & 7);
    slot.scan([1], 'coarse');
    error = Math.max(error, Math.abs(slot.threshold(0) - logit));
  }
  const bound = scanErrorBound({ ...scanned, evidence: 0 }, model.network) + coarse.error;
  return { error, bound, range: Math.max(...logits) - Math.min(...logits) };
}

describe.each(BUILDS)('the coarse scan, %s', (build) => {
  test.each([
    { factors: 1, layers: [] },
    { factors: 33, layers: [] },
    { factors: 4, layers: [40] },
    { factors: 8, layers: [6, 3] },
    { factors: 8, layers: [64, 32, 16, 8] },
    { factors: 64, layers: [256, 128, 64] },
    { factors: 3, layers: [6, 5, 4, 3, 4, 5] },
  ])('is within its bound for every item of %j', (shape) => {
    for (let seed = 1; seed <= 5; seed++) {
      const parameters = randomParameters({ ...shape, userCount: 3, itemCount: ITEMS }, seed);
      // Half of the weights are far smaller than the others, and one unit is never active.
      for (const { weight } of parameters.mlp) for (let k = 0; k < weight.length; k += 2) weight[k]! *= 1e-3;
      parameters.mlp[0]?.bias.fill(-1e4, 1, 2);
      const found = measure(parameters, userEmbedding(parameters, seed % 3), build)!;
      expect(found.error).toBeLessThanOrEqual(found.bound);
      expect(found.error).toBeGreaterThan(0);
      expect(found.bound).toBeLessThan(0.2 * found.range);
    }
  });

  test('is not used for a user whose first layer goes beyond what was laid out', () => {
    const parameters = randomParameters({ userCount: 3, itemCount: ITEMS, factors: 2, layers: [6, 4, 3] });
    const [gmf, mlp] = [parameters.userGmf.slice(0, 2), parameters.userMlp.slice(0, 3)];
    expect(measure(parameters, { gmf, mlp }, build)).toBeDefined();
    expect(measure(parameters, { gmf, mlp: mlp.map((x) => 50 * x) }, build)).toBeUndefined();
  });
});

test('integers cannot hold numbers that are too far apart', () => {
  const parameters = randomParameters({ userCount: 1, itemCount: 20, factors: 2, layers: [6, 4, 3] });
  parameters.outputWeight.fill(1e-38);
  const slot = new ScoringSlot(createScanMemory(parameters.shape)!);
  expect(new ScanModel(parameters, slot).coarse).toBeUndefined();
});

test('the coarse scan is left out for a while where it is in vain', () => {
  const trust = new CoarseTrust();
  for (let query = 0; query < 100; query++) {
    expect(trust.isTrusted()).toBe(true);
    trust.note(query % 2 === 0);
  }
  for (let query = 0; query < 32; query++) trust.note(false);
  const outcomes = Array.from({ length: 65 }, () => trust.isTrusted());
  expect(outcomes).toEqual([...Array(64).fill(false), true]);
});
