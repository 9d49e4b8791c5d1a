import { describe, expect, jest, test } from '@jest/globals';
import { createTfjsEngine } from '@sommelier/ncf/tfjs';
import { namedTensors } from '@sommelier/ncf/training';
import { PAIRS, TRAINING } from '../support/parity-case.mjs';

// Engines start and end many times, on a machine that may be busy.
jest.setTimeout(120_000);

// Compiled code, since a thread is not started from TypeScript.
const MODEL = { factors: 3, layers: [8, 4] };

async function train(samplerThreads: number, epochs: readonly number[], batchSize: number) {
  const settings = { model: MODEL, training: { ...TRAINING, batchSize } };
  const engine = await createTfjsEngine(PAIRS, settings, {
    backend: 'wasm',
    tables: 'device',
    samplerThreads,
  });
  const losses: number[] = [];
  for (const epoch of epochs) losses.push((await engine.trainEpoch(epoch)).loss);
  const parameters = namedTensors(await engine.parameters());
  await engine.dispose();
  return { losses, parameters };
}

describe('threads that draw samples', () => {
  test.each([1, 3])('%i give the same training as none, batch by batch', async (threads) => {
    // 135 samples: batches of one epoch are drawn ahead while the one before it is trained.
    for (const batchSize of [10, 135, 1_000]) {
      expect(await train(threads, [0, 1, 2], batchSize)).toEqual(await train(0, [0, 1, 2], batchSize));
    }
  });

  test('what was drawn ahead for another epoch is not used', async () => {
    expect(await train(2, [0, 7, 7, 3], 40)).toEqual(await train(0, [0, 7, 7, 3], 40));
  });

  test('an epoch that its caller breaks off leaves nothing behind for the next', async () => {
    const settings = { model: MODEL, training: { ...TRAINING, batchSize: 20 } };
    const run = async (samplerThreads: number) => {
      const engine = await createTfjsEngine(PAIRS, settings, {
        backend: 'wasm',
        tables: 'host',
        samplerThreads,
      });
      const stopped = engine.trainEpoch(0, () => {
        throw new Error('stop');
      });
      await expect(stopped).rejects.toThrow('stop');
      const { loss } = await engine.trainEpoch(1);
      await engine.dispose();
      return loss;
    };
    expect(await run(2)).toBe(await run(0));
  });
});
