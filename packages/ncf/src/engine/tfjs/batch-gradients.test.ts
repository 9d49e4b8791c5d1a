import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomBatch, randomParameters, relativeDifference, wholeGradients } from '../testing/neumf-case.ts';
import { referenceGradients, referenceLoss, toReference } from '../testing/reference-neumf.ts';
import { acquireBackend } from './backend.ts';
import { batchGradients } from './batch-gradients.ts';
import { tensorflow as tf } from './tensorflow.ts';

// The cpu backend is slow, and the machine may be busy with other things.
jest.setTimeout(60_000);

const LAYERS: number[][] = [[], [4], [8, 4], [16, 8, 4]];
const SHAPES = [1, 3, 8].flatMap((factors) => LAYERS.map((layers) => ({ factors, layers })));

describe.each(['wasm', 'cpu'] as const)('gradients on %s', (backend) => {
  let release: () => Promise<void>;
  beforeAll(async () => {
    release = await acquireBackend(backend);
  });
  afterAll(() => release());

  test.each(SHAPES)(
    'equal central differences in float64: factors $factors, layers $layers',
    async (shape) => {
      const parameters = randomParameters(shape.factors, shape.layers, 11);
      const batch = randomBatch(12);
      const gradients = await batchGradients(parameters, batch);

      const reference = toReference(parameters);
      expect(gradients.loss).toBeCloseTo(referenceLoss(reference, batch), 5);
      const actual = wholeGradients(parameters, batch, gradients);
      const expected = referenceGradients(reference, batch);
      expect([...actual.keys()]).toEqual([...expected.keys()]);
      for (const [name, values] of expected) {
        expect({ name, difference: relativeDifference(actual.get(name)!, values) < 5e-6 }).toEqual({
          name,
          difference: true,
        });
      }
    },
  );

  test('a batch of one sample, and one of a single repeated pair', async () => {
    const parameters = randomParameters(3, [8, 4], 21);
    const single = randomBatch(22, 1);
    const repeated = {
      ...single,
      size: 4,
      userSlots: new Int32Array(4),
      itemSlots: new Int32Array(4),
      signs: new Float32Array(4).fill(single.signs[0]!),
      weights: new Float32Array(4).fill(single.weights[0]!),
    };
    const once = wholeGradients(parameters, single, await batchGradients(parameters, single));
    const fourTimes = wholeGradients(parameters, repeated, await batchGradients(parameters, repeated));
    const expected = referenceGradients(toReference(parameters), single);
    for (const [name, values] of expected) {
      expect(relativeDifference(once.get(name)!, values)).toBeLessThan(5e-6);
      expect(relativeDifference(fourTimes.get(name)!, values)).toBeLessThan(5e-6);
    }
  });

  test('stay finite where the logistic function is 0 or 1 in float32', async () => {
    const parameters = randomParameters(3, [8, 4], 31);
    const batch = randomBatch(32);
    for (const bias of [500, -500]) {
      parameters.outputBias[0] = bias;
      const gradients = await batchGradients(parameters, batch);
      expect(Number.isFinite(gradients.loss)).toBe(true);
      // Almost every sample on the wrong side costs about |logit|, the others nothing.
      expect(gradients.loss).toBeGreaterThan(100);
      expect(gradients.userGmf.every(Number.isFinite)).toBe(true);
    }
  });

  test('leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await batchGradients(randomParameters(8, [16, 8, 4], 41), randomBatch(42));
    expect(tf.memory().numTensors).toBe(before);
  });
});
