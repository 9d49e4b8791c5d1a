import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Batch } from '../batch.ts';
import { EpochSamples } from '../epoch-samples.ts';
import { namedTensors } from '../parameter-checks.ts';
import { randomParameters, relativeDifference, USER_COUNT } from '../testing/neumf-case.ts';
import { referenceTraining } from '../testing/reference-adam.ts';
import { referenceLogit, toReference } from '../testing/reference-neumf.ts';
import { blockPairs, toPairs, toySettings } from '../testing/toy-pairs.ts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from '../training-engine.ts';
import type { TfjsBackend } from './backend.ts';
import { tensorflow as tf } from './tensorflow.ts';
import { createTfjsEngine, type TablePlace } from './tfjs-engine.ts';

const engines: TrainingEngine[] = [];
// Tests of many steps, on a machine that may be busy with other things.
jest.setTimeout(60_000);

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

async function make(
  pairs: TrainingPairs,
  settings: EngineSettings,
  backend: TfjsBackend = 'wasm',
  tables?: TablePlace,
) {
  const engine = await createTfjsEngine(pairs, settings, { backend, tables });
  engines.push(engine);
  return engine;
}

/** Five users and seven items, as in the random parameters. */
const PAIRS = toPairs(7, [[0, 3], [1], [2, 4, 6], [5, 0], [3, 6]], 2);
const SHAPES = [
  { factors: 1, layers: [] },
  { factors: 3, layers: [4] },
  { factors: 8, layers: [8, 4] },
  { factors: 3, layers: [16, 8, 4] },
];

/** The batches of an epoch of `PAIRS` (50 samples), with lists of rows that stay. */
function batchesOf(epoch: number, training: EngineSettings['training']): Batch[] {
  const samples = new EpochSamples(PAIRS, training);
  const count = Math.ceil(50 / training.batchSize);
  return Array.from({ length: count }, (_, index) => {
    const from = index * training.batchSize;
    const batch = samples.batch(epoch, from, Math.min(50, from + training.batchSize));
    return { ...batch, userRows: batch.userRows.slice(), itemRows: batch.itemRows.slice() };
  });
}

const PLACES: { backend: TfjsBackend; tables: TablePlace }[] = [
  { backend: 'wasm', tables: 'host' },
  { backend: 'wasm', tables: 'device' },
  { backend: 'cpu', tables: 'device' },
];

describe.each(PLACES)('optimiser steps on $backend, tables on the $tables', ({ backend, tables }) => {
  test.each(SHAPES)('ten equal a float64 reference: factors $factors, layers $layers', async (model) => {
    // 10 positives x 5 = 50 samples in batches of 11: four whole ones and a rest of 6. Two epochs of them.
    const settings = toySettings({ batchSize: 11, l2: 1e-3, strengthWeight: 'strength' }, model);
    const start = randomParameters(model.factors, model.layers, 51);
    const engine = await make(PAIRS, settings, backend, tables);
    await engine.load(start);
    await engine.trainEpoch(4);
    await engine.trainEpoch(5);
    const trained = await engine.parameters();

    const batches = [4, 5].flatMap((epoch) => batchesOf(epoch, settings.training));
    const expected = referenceTraining(start, batches, settings.training);
    for (const [name, values] of namedTensors(trained)) {
      expect({ name, same: relativeDifference(values, expected.tensors.get(name)!) < 2e-5 }).toEqual({
        name,
        same: true,
      });
      // The test would see nothing if nothing moved.
      const before = namedTensors(start).find(([other]) => other === name)![1];
      if (values.length > 0) expect(relativeDifference(values, before)).toBeGreaterThan(1e-3);
    }
  });

  test('batches of one sample: rows that rest keep their values and moments', async () => {
    const settings = toySettings({ batchSize: 1, l2: 1e-3 }, { factors: 3, layers: [4, 2] });
    const start = randomParameters(3, [4, 2], 52);
    const engine = await make(PAIRS, settings, backend, tables);
    await engine.load(start);
    const { loss } = await engine.trainEpoch(0);
    const expected = referenceTraining(start, batchesOf(0, settings.training), settings.training);
    for (const [name, values] of namedTensors(await engine.parameters())) {
      expect(relativeDifference(values, expected.tensors.get(name)!)).toBeLessThan(1e-4);
    }
    expect(loss).toBeGreaterThan(0.1);
  });

  test('load() starts the optimiser anew', async () => {
    const settings = toySettings({ batchSize: 11 });
    const start = randomParameters(4, [8, 4], 71);
    const engine = await make(PAIRS, settings, backend, tables);
    await engine.trainEpoch(0);
    await engine.load(start);
    await engine.trainEpoch(1);
    const fresh = await make(PAIRS, settings, backend, tables);
    await fresh.load(start);
    await fresh.trainEpoch(1);
    expect(await engine.parameters()).toEqual(await fresh.parameters());
    expect(start).toEqual(randomParameters(4, [8, 4], 71));
  });

  test('no tensor is left by epochs, scores, load and dispose', async () => {
    const before = tf.memory().numTensors;
    const engine = await make(PAIRS, toySettings({ batchSize: 7 }), backend, tables);
    const all = Uint32Array.from({ length: USER_COUNT }, (_, user) => user);
    await engine.trainEpoch(0);
    await engine.scoreUsers(all);
    const held = tf.memory().numTensors;
    for (let epoch = 1; epoch < 4; epoch++) {
      await engine.trainEpoch(epoch);
      await engine.scoreUsers(all);
      await engine.load(await engine.parameters());
      await engine.scoreUsers(all);
    }
    expect(tf.memory().numTensors).toBe(held);
    await engine.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a loss that is not finite ends with what to do', async () => {
    const engine = await make(PAIRS, toySettings({ batchSize: 5 }), backend, tables);
    const broken = randomParameters(4, [8, 4], 95);
    broken.outputWeight[0] = Number.NaN;
    await engine.load(broken);
    await expect(engine.trainEpoch(0)).rejects.toMatchObject({
      code: 'training-diverged',
      message: expect.stringContaining('Lower training.learningRate (now 0.01)'),
    });
    const overflowing = await make(
      PAIRS,
      toySettings({ batchSize: 5, learningRate: 10, l2: 10 }),
      backend,
      tables,
    );
    const huge = randomParameters(4, [8, 4], 96);
    huge.userGmf.fill(3e38);
    huge.itemGmf.fill(3e38);
    await overflowing.load(huge);
    await expect(overflowing.trainEpoch(0)).rejects.toMatchObject({ code: 'training-diverged' });
  });
});

describe('tables on the device', () => {
  test('nothing is read back by a step: the readings of an epoch do not grow with its batches', async () => {
    const readings = async (batchSize: number) => {
      const engine = await make(PAIRS, toySettings({ batchSize }), 'wasm', 'device');
      const reads = jest.spyOn(tf.Tensor.prototype, 'data');
      const blocking = jest.spyOn(tf.Tensor.prototype, 'dataSync');
      try {
        await engine.trainEpoch(0);
        expect(blocking).not.toHaveBeenCalled();
        return reads.mock.calls.length;
      } finally {
        reads.mockRestore();
        blocking.mockRestore();
      }
    };
    // The loss once, and at the end the two groups of each table and the six dense tensors.
    expect(await readings(1)).toBe(1 + 4 + 6);
    expect(await readings(50)).toBe(1 + 4 + 6);
  });

  test('an epoch after one that its caller broke off starts with a loss of its own', async () => {
    const engine = await make(PAIRS, toySettings({ batchSize: 10 }), 'wasm', 'device');
    const stop = new Error('stop');
    const stopped = engine.trainEpoch(0, () => {
      throw stop;
    });
    await expect(stopped).rejects.toBe(stop);
    await engine.load(randomParameters(4, [8, 4], 3));
    const { loss } = await engine.trainEpoch(1);
    const fresh = await make(PAIRS, toySettings({ batchSize: 10 }), 'wasm', 'host');
    await fresh.load(randomParameters(4, [8, 4], 3));
    expect(loss).toBeCloseTo((await fresh.trainEpoch(1)).loss, 5);
  });

  test('long epochs report on the way, no more often than every 262,144 samples', async () => {
    const histories = Array.from({ length: 700 }, (_, user) =>
      Array.from({ length: 100 }, (_, index) => (user + index * 2) % 210),
    );
    const settings = toySettings({ batchSize: 60_000 }, { factors: 1, layers: [] });
    const engine = await make(toPairs(210, histories), settings, 'wasm', 'device');
    const reports: number[] = [];
    const last = await engine.trainEpoch(0, ({ samples, loss }) => {
      reports.push(samples);
      expect(loss).toBeGreaterThan(0);
    });
    expect(reports).toEqual([300_000, 350_000]);
    expect(last).toMatchObject({ samples: 350_000, totalSamples: 350_000 });
  });
});

describe('wasm and cpu', () => {
  test('agree after one step', async () => {
    const settings = toySettings({ batchSize: 100 }, { factors: 8, layers: [16, 8, 4] });
    const results: Awaited<ReturnType<TrainingEngine['parameters']>>[] = [];
    for (const backend of ['wasm', 'cpu'] as const) {
      const engine = await createTfjsEngine(PAIRS, settings, { backend });
      await engine.load(randomParameters(8, [16, 8, 4], 61));
      await engine.trainEpoch(0);
      results.push(await engine.parameters());
      await engine.dispose();
    }
    const second = new Map(namedTensors(results[1]!));
    for (const [name, values] of namedTensors(results[0]!)) {
      expect(relativeDifference(values, second.get(name)!)).toBeLessThan(1e-5);
    }
  });
});

describe('scores', () => {
  test.each(SHAPES)('equal equation 12: factors $factors, layers $layers', async (model) => {
    const engine = await make(PAIRS, toySettings({}, model));
    const parameters = randomParameters(model.factors, model.layers, 81);
    await engine.load(parameters);
    const users = Uint32Array.of(4, 0, 2, 0);
    const scores = await engine.scoreUsers(users);
    const reference = toReference(parameters);
    const expected = [...users].flatMap((user) =>
      Array.from({ length: 7 }, (_, item) => referenceLogit(reference, user, item)),
    );
    expect(relativeDifference(scores, expected)).toBeLessThan(5e-6);
  });

  test('follow the parameters: after an epoch and after load() they are new', async () => {
    const engine = await make(PAIRS, toySettings({ learningRate: 0.1 }));
    const all = Uint32Array.from({ length: USER_COUNT }, (_, user) => user);
    const before = await engine.scoreUsers(all);
    expect(await engine.scoreUsers(all)).toEqual(before);
    await engine.trainEpoch(0);
    const after = await engine.scoreUsers(all);
    expect(relativeDifference(after, before)).toBeGreaterThan(0.01);
    await engine.load(randomParameters(4, [8, 4], 91));
    expect(relativeDifference(await engine.scoreUsers(all), after)).toBeGreaterThan(0.01);
  });

  test('catalogues longer than a block, and none for no users', async () => {
    const itemCount = 70_001;
    const engine = await make(
      toPairs(itemCount, [[0, 70_000], [5]]),
      toySettings({}, { factors: 2, layers: [4, 2] }),
    );
    const scores = await engine.scoreUsers(Uint32Array.of(1, 0));
    const reference = toReference(await engine.parameters());
    for (const item of [0, 65_535, 65_536, 70_000]) {
      expect(scores[item]).toBeCloseTo(referenceLogit(reference, 1, item), 5);
      expect(scores[itemCount + item]).toBeCloseTo(referenceLogit(reference, 0, item), 5);
    }
    expect(await engine.scoreUsers(new Uint32Array(0))).toHaveLength(0);
    await expect(engine.scoreUsers(Uint32Array.of(2))).rejects.toThrow(/user 2 of 2/);
  });
});

describe('training', () => {
  test.each(['wasm', 'cpu'] as const)(
    'on %s the same seed gives the same parameters, another seed others',
    async (backend) => {
      const { pairs } = blockPairs(2, 4, 5);
      const run = async (seed: number) => {
        const engine = await make(pairs, toySettings({ seed }), backend);
        await engine.trainEpoch(0);
        await engine.trainEpoch(1);
        return await engine.parameters();
      };
      const first = await run(1);
      expect(await run(1)).toEqual(first);
      expect((await run(2)).userGmf).not.toEqual(first.userGmf);
    },
  );

  test.each([
    { layers: [8, 4], factors: 4 },
    { layers: [], factors: 4 },
  ])(
    'learns a block matrix: withheld items of the block rank above the rest, layers $layers',
    async (model) => {
      const { pairs, withheld } = blockPairs(4, 12, 10);
      const engine = await make(pairs, toySettings({ learningRate: 0.03, batchSize: 256 }, model));
      const first = await engine.trainEpoch(0);
      let last = first;
      for (let epoch = 1; epoch < 25; epoch++) last = await engine.trainEpoch(epoch);
      expect(last.loss).toBeLessThan(first.loss / 2);
      const users = Uint32Array.from(withheld.keys());
      const scores = await engine.scoreUsers(users);
      const hits = withheld.filter((item, user) => {
        const row = scores.subarray(user * 40, (user + 1) * 40);
        const block = Math.floor(item / 10);
        return row.every((score, other) => Math.floor(other / 10) === block || score < row[item]!);
      });
      expect(hits.length / withheld.length).toBeGreaterThan(0.9);
    },
  );

  test.each([
    { batchSize: 1, factors: 1, layers: [2] },
    { batchSize: 3, factors: 5, layers: [6, 3, 1] },
    { batchSize: 1_000_000, factors: 7, layers: [10] },
  ])('batches of $batchSize, factors $factors, layers $layers', async ({ batchSize, ...model }) => {
    const engine = await make(PAIRS, toySettings({ batchSize }, model));
    const progress: number[] = [];
    const result = await engine.trainEpoch(0, ({ samples }) => progress.push(samples));
    expect(result).toEqual({ samples: 50, totalSamples: 50, loss: expect.any(Number) });
    expect(result.loss).toBeGreaterThan(0.3);
    expect(progress.at(-1)).toBe(50);
  });

  test('lets other work run between batches', async () => {
    const { pairs } = blockPairs(4, 40, 40);
    const engine = await make(pairs, toySettings({ batchSize: 512 }));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await engine.trainEpoch(0);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  test('parameters of another shape, and use after dispose, are refused', async () => {
    const engine = await make(PAIRS, toySettings());
    await expect(engine.load(randomParameters(3, [8, 4], 1))).rejects.toThrow(/factors 4.*factors 3/);
    const short = randomParameters(4, [8, 4], 1);
    await expect(engine.load({ ...short, itemMlp: new Float32Array(3) })).rejects.toThrow(
      /item_mlp: expected 28/,
    );
    await engine.dispose();
    await engine.dispose();
    await expect(engine.trainEpoch(0)).rejects.toThrow(/after dispose/);
  });

  test('pairs that are no compressed rows are refused', async () => {
    const settings = toySettings();
    const empty = toPairs(3, [[], []]);
    await expect(make(empty, settings)).rejects.toMatchObject({ code: 'too-few-interactions' });
    await expect(make({ ...PAIRS, itemCount: 6 }, settings)).rejects.toThrow(/item 6 of 6/);
    const offsets = PAIRS.offsets.slice();
    offsets[2] = 9;
    await expect(make({ ...PAIRS, offsets }, settings)).rejects.toThrow(/offsets fall/);
    const strengths = PAIRS.strengths.slice();
    strengths[3] = Number.NaN;
    await expect(make({ ...PAIRS, strengths }, settings)).rejects.toThrow(/Pair 3: strength NaN/);
  });

  test('engines of different backends cannot live at the same time', async () => {
    await make(PAIRS, toySettings());
    await make(PAIRS, toySettings());
    await expect(make(PAIRS, toySettings(), 'cpu')).rejects.toMatchObject({ code: 'engine-unavailable' });
  });
});

describe.each(PLACES)('the state on $backend, tables on the $tables', ({ backend, tables }) => {
  test('goes on to the same numbers as if the engine had never stopped', async () => {
    const settings = toySettings({ batchSize: 11, l2: 1e-3 }, { factors: 3, layers: [16, 8, 4] });
    const whole = await make(PAIRS, settings, backend, tables);
    await whole.trainEpoch(0);
    const state = new Map([...(await whole.state())].map(([name, values]) => [name, values.slice()]));
    await whole.trainEpoch(1);
    const later = await make(PAIRS, settings, backend, tables);
    await later.scoreUsers(Uint32Array.of(0));
    expect(await later.restore(state)).toBe(true);
    expect(await later.trainEpoch(1)).toEqual(expect.objectContaining({ samples: 50 }));
    expect(await later.parameters()).toEqual(await whole.parameters());
    expect(await later.scoreUsers(Uint32Array.of(1, 2))).toEqual(
      await whole.scoreUsers(Uint32Array.of(1, 2)),
    );
  });

  test('of another network is refused, and changes nothing', async () => {
    const engine = await make(PAIRS, toySettings({}, { factors: 3, layers: [4] }), backend, tables);
    const other = await make(PAIRS, toySettings({}, { factors: 2, layers: [4] }), backend, tables);
    const before = await engine.parameters();
    expect(await engine.restore(await other.state())).toBe(false);
    expect(await engine.restore(new Map())).toBe(false);
    expect(await engine.parameters()).toEqual(before);
  });
});
