import { expect, jest, test } from '@jest/globals';
import { trainingConfigSchema } from '@sommelier/contracts';
import { syntheticPairs } from './synthetic-pairs.ts';
import { measureSampling, measureThroughput } from './throughput.ts';

jest.setTimeout(60_000);

const PAIRS = syntheticPairs(20, 30, 200);
const SETTINGS = {
  training: trainingConfigSchema.parse({ epochs: 1, batchSize: 100, strengthWeight: 'none' }),
};

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
