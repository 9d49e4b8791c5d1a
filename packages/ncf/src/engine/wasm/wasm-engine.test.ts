import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { supportsRelaxedSimd, TrainingKernel } from '@sommelier/kernel/train';
import { EpochSamples } from '../epoch-samples.ts';
import { initialParameters } from '../initial-parameters.ts';
import { namedTensors } from '../parameter-checks.ts';
import { randomParameters, relativeDifference, wholeGradients } from '../testing/neumf-case.ts';
import { referenceTraining } from '../testing/reference-adam.ts';
import {
  referenceGradients,
  referenceLogit,
  referenceLoss,
  toReference,
} from '../testing/reference-neumf.ts';
import { blockPairs, toPairs, toySettings } from '../testing/toy-pairs.ts';
import { acquireBackend } from '../tfjs/backend.ts';
import { batchGradients } from '../tfjs/batch-gradients.ts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from '../training-engine.ts';
import { kernelParts, orderStream } from './kernel-parts.ts';
import { createWasmEngine } from './wasm-engine.ts';

// Differences by the largest networks take a while in float64, on a machine that may be busy with other things.
jest.setTimeout(120_000);

const BUILDS = supportsRelaxedSimd() ? (['simd', 'relaxed-simd'] as const) : (['simd'] as const);
/** Five users and seven items, as in the random parameters; a user may have every item but one. */
const PAIRS = toPairs(7, [[0, 3], [1], [2, 4, 6, 0, 1, 3], [5, 0], [3, 6]], 2);
const LAYERS = [[], [4], [10, 7], [8, 4, 4], [16, 8, 4, 3], [6, 5, 4, 3, 2]];
const SHAPES = [
  ...[1, 3, 8, 13].flatMap((factors) => LAYERS.map((layers) => ({ factors, layers }))),
  { factors: 64, layers: [] },
  { factors: 64, layers: [10, 7] },
];

const engines: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

async function make(pairs: TrainingPairs, settings: EngineSettings, threads = 1): Promise<TrainingEngine> {
  const engine = await createWasmEngine(pairs, settings, { threads, build: 'simd' });
  engines.push(engine);
  return engine;
}

async function makeKernel(
  pairs: TrainingPairs,
  settings: EngineSettings,
  {
    threads = 1,
    build = 'simd',
    guardBytes = 0,
  }: { threads?: number; build?: 'simd' | 'relaxed-simd'; guardBytes?: number } = {},
): Promise<TrainingKernel> {
  const { sizes, data, options } = kernelParts(pairs, settings, threads);
  const kernel = await TrainingKernel.create(sizes, data(), { ...options, build, guardBytes });
  engines.push(kernel);
  return kernel;
}

describe.each(BUILDS)('gradients of the %s build', (build) => {
  test.each(SHAPES)(
    'equal central differences in float64: factors $factors, layers $layers',
    async (model) => {
      const settings = toySettings({ strengthWeight: 'strength' }, model);
      const parameters = randomParameters(model.factors, model.layers, 61);
      const kernel = await makeKernel(PAIRS, settings, { build });
      kernel.writeParameters(parameters);
      kernel.startEpoch(2, orderStream(settings.training.seed, 2), 0);
      const samples = new EpochSamples(PAIRS, settings.training);
      const reference = toReference(parameters);
      // One sample; a few; more than a block, in which every row occurs many times.
      for (const [from, to] of [
        [3, 4],
        [1, 24],
        [0, samples.total],
      ] as const) {
        const batch = samples.batch(2, from, to);
        const actual = namedTensors({ shape: parameters.shape, ...kernel.gradientsOf(from, to) });
        const expected = referenceGradients(reference, batch);
        for (const [name, values] of actual) {
          expect({ name, from, to, close: relativeDifference(values, expected.get(name)!) < 1e-5 }).toEqual({
            name,
            from,
            to,
            close: true,
          });
        }
      }
    },
  );
});

test("gradients equal those of the TensorFlow.js graph on the paper's network, over a whole epoch", async () => {
  const model = { factors: 8, layers: [64, 32, 16, 8] };
  const settings = toySettings({}, model);
  const parameters = randomParameters(8, model.layers, 62);
  const kernel = await makeKernel(PAIRS, settings);
  kernel.writeParameters(parameters);
  kernel.startEpoch(0, orderStream(settings.training.seed, 0), 0);
  const samples = new EpochSamples(PAIRS, settings.training);
  const batch = samples.batch(0, 0, samples.total);
  const release = await acquireBackend('wasm');
  try {
    const expected = wholeGradients(parameters, batch, await batchGradients(parameters, batch));
    const actual = namedTensors({ shape: parameters.shape, ...kernel.gradientsOf(0, samples.total) });
    for (const [name, values] of actual) {
      expect(relativeDifference(values, expected.get(name)!)).toBeLessThan(2e-6);
    }
  } finally {
    await release();
  }
});

describe('optimiser steps', () => {
  const steps = SHAPES.filter(({ factors }) => factors !== 64).flatMap((model) =>
    [1, 2, 3].map((threads) => ({ ...model, threads })),
  );
  test.each(steps)(
    'five equal a float64 reference: factors $factors, layers $layers, threads $threads',
    async ({ threads, ...model }) => {
      // 13 positives x 5 = 65 samples in batches of 16: four whole ones and a rest of 1.
      const settings = toySettings({ batchSize: 16, l2: 1e-3, strengthWeight: 'strength' }, model);
      const start = randomParameters(model.factors, model.layers, 51);
      const engine = await make(PAIRS, settings, threads);
      await engine.load(start);
      const { loss } = await engine.trainEpoch(4);
      const trained = await engine.parameters();

      const samples = new EpochSamples(PAIRS, settings.training);
      const batches = [0, 16, 32, 48, 64].map((from) => {
        const batch = samples.batch(4, from, Math.min(samples.total, from + 16));
        return { ...batch, userRows: batch.userRows.slice(), itemRows: batch.itemRows.slice() };
      });
      const expected = referenceTraining(start, batches, settings.training);
      for (const [name, values] of namedTensors(trained)) {
        expect({ name, close: relativeDifference(values, expected.tensors.get(name)!) < 5e-5 }).toEqual({
          name,
          close: true,
        });
        const before = namedTensors(start).find(([other]) => other === name)![1];
        // The test would see nothing if nothing moved.
        if (values.length > 0) expect(relativeDifference(values, before)).toBeGreaterThan(1e-4);
      }
      expect(loss).toBeGreaterThan(0);
    },
  );

  test('the loss is the mean over the samples before each step', async () => {
    const settings = toySettings(
      { batchSize: 1_000, strengthWeight: 'strength' },
      { factors: 3, layers: [4, 3] },
    );
    const start = randomParameters(3, [4, 3], 52);
    const engine = await make(PAIRS, settings, 2);
    await engine.load(start);
    const { loss } = await engine.trainEpoch(0);
    const samples = new EpochSamples(PAIRS, settings.training);
    expect(loss).toBeCloseTo(referenceLoss(toReference(start), samples.batch(0, 0, samples.total)), 6);
  });

  test('a step size that falls from epoch to epoch is the one of the configuration', async () => {
    const decayed = await make(PAIRS, toySettings({ learningRate: 0.02, learningRateDecay: 0.5 }));
    const plain = await make(PAIRS, toySettings({ learningRate: 0.01 }));
    await decayed.trainEpoch(1);
    await plain.trainEpoch(1);
    expect(namedTensors(await decayed.parameters())).toEqual(namedTensors(await plain.parameters()));
  });
});

describe('determinism', () => {
  const { pairs } = blockPairs(4, 40, 12);
  const settings = toySettings({ batchSize: 100, learningRate: 0.02 });

  test.each([1, 2, 3])('%i threads give the same bytes again, whatever the scheduling', async (threads) => {
    const runs = await Promise.all([make(pairs, settings, threads), make(pairs, settings, threads)]);
    for (const engine of runs) for (let epoch = 0; epoch < 4; epoch++) await engine.trainEpoch(epoch);
    const [first, second] = await Promise.all(runs.map((engine) => engine.parameters()));
    expect(namedTensors(second!)).toEqual(namedTensors(first!));
  });

  test('thread counts differ by the rounding of sums alone', async () => {
    const trained = await Promise.all(
      [1, 2, 3].map(async (threads) => {
        const engine = await make(pairs, settings, threads);
        await engine.trainEpoch(0);
        return new Map(namedTensors(await engine.parameters()));
      }),
    );
    for (const other of trained.slice(1)) {
      for (const [name, values] of trained[0]!) {
        expect(relativeDifference(other.get(name)!, values)).toBeLessThan(1e-4);
      }
    }
  });
});

test('learns blocks: the withheld item is first among the items that the user does not have', async () => {
  const { pairs, withheld } = blockPairs(5, 12, 12);
  const engine = await make(pairs, toySettings({ batchSize: 64, learningRate: 0.02 }), 2);
  for (let epoch = 0; epoch < 30; epoch++) await engine.trainEpoch(epoch);
  const users = Uint32Array.from({ length: pairs.userCount }, (_, user) => user);
  const scores = await engine.scoreUsers(users);
  let first = 0;
  for (const user of users) {
    const row = scores.subarray(user * pairs.itemCount, (user + 1) * pairs.itemCount);
    const seen = new Set(pairs.items.subarray(pairs.offsets[user], pairs.offsets[user + 1]));
    const better = [...row.keys()].filter((item) => !seen.has(item) && row[item]! >= row[withheld[user]!]!);
    if (better.length === 1) first++;
  }
  expect(first / pairs.userCount).toBeGreaterThan(0.9);
});

test.each(SHAPES)('scores equal float64 logits: factors $factors, layers $layers', async (model) => {
  const parameters = randomParameters(model.factors, model.layers, 71);
  const engine = await make(PAIRS, toySettings({}, model), 2);
  await engine.load(parameters);
  const users = Uint32Array.of(4, 0, 0, 2);
  const scores = await engine.scoreUsers(users);
  const reference = toReference(parameters);
  const expected = [...users].flatMap((user) =>
    Array.from({ length: 7 }, (_, item) => referenceLogit(reference, user, item)),
  );
  expect(relativeDifference(scores, expected)).toBeLessThan(2e-6);
});

describe.each([1, 3])('with guards behind every array, %i threads', (threads) => {
  test.each(SHAPES)('nothing is read or written there: factors $factors, layers $layers', async (model) => {
    const settings = toySettings({ batchSize: 17, learningRate: 0.01 }, model);
    const parameters = randomParameters(model.factors, model.layers, 81);
    const results = [];
    for (const guardBytes of [0, 192]) {
      const kernel = await makeKernel(PAIRS, settings, { threads, guardBytes });
      kernel.writeParameters(parameters);
      kernel.startEpoch(0, orderStream(settings.training.seed, 0), 0.01);
      const loss = kernel.trainBatches(0, kernel.batchCount);
      const scores = new Float32Array(5 * 7);
      kernel.scoreUsers(Uint32Array.of(0, 1, 2, 3, 4), scores);
      expect(kernel.untouchedGuards()).toBe(true);
      results.push({ loss, scores, parameters: kernel.readParameters() });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]!.loss).not.toBeNaN();
  });
});

describe('refusals', () => {
  test('pairs that are none, tables that do not fit, samples that cannot be counted', async () => {
    const settings = toySettings();
    await expect(createWasmEngine(toPairs(3, [[], []]), settings, { threads: 1 })).rejects.toMatchObject({
      code: 'too-few-interactions',
    });
    const wide = toySettings({}, { factors: 512, layers: [1_024] });
    const offsets = new Uint32Array(2_000_001).fill(1, 1);
    const many = {
      userCount: 2_000_000,
      itemCount: 7,
      offsets,
      items: Uint32Array.of(3),
      strengths: Float32Array.of(1),
    };
    await expect(createWasmEngine(many, wide, { threads: 1 })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/would take \d+\.\d GiB.*Lower model.factors/),
    });
  });

  test('a diverging training says so', async () => {
    const engine = await make(PAIRS, toySettings({ learningRate: 1e30 }));
    await expect(
      (async () => {
        for (let epoch = 0; epoch < 20; epoch++) await engine.trainEpoch(epoch);
      })(),
    ).rejects.toMatchObject({ code: 'training-diverged', message: expect.stringContaining('learningRate') });
  });

  test('tables longer than what is written at once begin as everywhere, and come back as they were loaded', async () => {
    // More than twice 16,384 users, the last part with a single one; and items of one part and one.
    const [users, items] = [32_769, 16_385];
    const pairs = toPairs(
      items,
      [...new Array(users).keys()].map((user) => [user % items]),
      2,
    );
    const settings = toySettings({}, { factors: 3, layers: [10, 7] });
    const engine = await make(pairs, settings);
    const shape = { userCount: users, itemCount: items, factors: 3, layers: [10, 7] };
    const initial = initialParameters(shape, settings.training);
    expect(await engine.parameters()).toEqual(initial);
    const other = initialParameters(shape, { ...settings.training, seed: 99 });
    expect(other.userMlp.at(-1)).not.toBe(initial.userMlp.at(-1));
    await engine.load(other);
    expect(await engine.parameters()).toEqual(other);
  });

  test('a number that is not finite is found in every tensor, at its first place and its last', async () => {
    for (const shape of SHAPES) {
      const kernel = await makeKernel(PAIRS, toySettings({}, shape));
      kernel.writeParameters(randomParameters(shape.factors, shape.layers, 1));
      expect(kernel.parametersAreFinite()).toBe(true);
      const tensors = namedTensors(randomParameters(shape.factors, shape.layers, 1)).filter(
        ([, values]) => values.length > 0,
      );
      for (const [name] of tensors) {
        for (const [place, wrong] of [
          [0, Number.NaN],
          [-1, Number.NEGATIVE_INFINITY],
        ] as const) {
          const parameters = randomParameters(shape.factors, shape.layers, 1);
          const values = namedTensors(parameters).find(([other]) => other === name)![1];
          values[place === 0 ? 0 : values.length - 1] = wrong;
          kernel.writeParameters(parameters);
          expect({ shape, name, place, finite: kernel.parametersAreFinite() }).toMatchObject({
            finite: false,
          });
        }
      }
    }
  });

  test('what an epoch leaves is looked through without a copy, and a broken tensor is named', async () => {
    // Nobody's pairs touch the last user, so that no loss shows what its row holds.
    const pairs = toPairs(7, [[0, 3], [1], [2, 4, 6, 0, 1, 3], [5, 0], []], 2);
    const engine = await make(pairs, toySettings({}, { factors: 3, layers: [10, 7] }));
    const read = jest.spyOn(TrainingKernel.prototype, 'readParameters');
    try {
      await engine.trainEpoch(0);
      expect(read).not.toHaveBeenCalled();
    } finally {
      read.mockRestore();
    }
    const parameters = randomParameters(3, [10, 7], 1);
    parameters.userMlp[parameters.userMlp.length - 1] = Number.NaN;
    await engine.load(parameters);
    await expect(engine.trainEpoch(1)).rejects.toMatchObject({
      code: 'training-diverged',
      message: expect.stringContaining('user_mlp is not finite'),
    });
  });

  test('users that do not exist, parameters of another shape, use after dispose', async () => {
    const engine = await make(PAIRS, toySettings(), 2);
    await expect(engine.scoreUsers(Uint32Array.of(5))).rejects.toMatchObject({ code: 'internal' });
    await expect(engine.load(randomParameters(3, [], 1))).rejects.toMatchObject({ code: 'internal' });
    await engine.dispose();
    await engine.dispose();
    await expect(engine.trainEpoch(0)).rejects.toMatchObject({ code: 'internal' });
    await expect(engine.parameters()).rejects.toMatchObject({ code: 'internal' });
  });
});

describe.each([1, 2, 3])('the state of %i thread(s)', (threads) => {
  test.each([{ layers: [] }, { layers: [4] }, { layers: [10, 7] }, { layers: [16, 8, 4, 3] }])(
    'goes on to the same bytes as if the engine had never stopped: layers $layers',
    async ({ layers }) => {
      const settings = toySettings({ batchSize: 8, l2: 1e-3 }, { factors: 5, layers });
      const whole = await make(PAIRS, settings, threads);
      await whole.trainEpoch(0);
      await whole.trainEpoch(1);
      const state = new Map([...(await whole.state())].map(([name, values]) => [name, values.slice()]));
      const progress = await whole.trainEpoch(2);
      const later = await make(PAIRS, settings, threads);
      expect(await later.restore(state)).toBe(true);
      expect(await later.trainEpoch(2)).toEqual(progress);
      expect(await later.parameters()).toEqual(await whole.parameters());
    },
  );

  test('of another network is refused, and changes nothing', async () => {
    const engine = await make(PAIRS, toySettings({}, { factors: 3, layers: [4] }), threads);
    const other = await make(PAIRS, toySettings({}, { factors: 5, layers: [4] }), threads);
    const before = await engine.parameters();
    expect(await engine.restore(await other.state())).toBe(false);
    expect(await engine.restore(new Map())).toBe(false);
    expect(await engine.parameters()).toEqual(before);
  });
});
