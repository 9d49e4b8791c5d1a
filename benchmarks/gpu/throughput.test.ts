import { expect, jest, test } from '@jest/globals';
import { syntheticPairs } from './synthetic-pairs.ts';
import { measureSampling, measureThroughput } from './throughput.ts';

jest.setTimeout(60_000);

const PAIRS = syntheticPairs(20, 30, 200);
const SETTINGS = {
  model: { factors: 4, layers: [8, 4] },
  training: {
    epochs: 1,
    patience: 1,
    batchSize: 100,
    learningRate: 0.005,
    negativesPerPositive: 4,
    l2: 1e-6,
    initSigma: 0.05,
    strengthWeight: 'none',
    seed: 42,
  },
} as const;

test('counts whole epochs after one that is not counted', async () => {
  const result = await measureThroughput(
    PAIRS,
    { ...SETTINGS, model: { factors: 4, layers: [8, 4] } },
    'wasm',
    0.01,
  );
  expect(result).toMatchObject({ batchSize: 100, epochs: expect.any(Number), loss: expect.any(Number) });
  expect(result.epochs).toBeGreaterThanOrEqual(1);
  expect(result.samplesPerSecond).toBeGreaterThan(0);
  expect(result.loss).toBeGreaterThan(0.1);
  expect(result.loss).toBeLessThan(0.7);
});

test('a thread draws samples by itself', () => {
  expect(measureSampling(PAIRS, SETTINGS.training)).toBeGreaterThan(0);
});
