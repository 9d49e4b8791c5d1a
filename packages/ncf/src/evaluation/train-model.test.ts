import { describe, expect, test } from '@jest/globals';
import { metricsSchema, type RunConfig, runConfigSchema } from '@sommelier/contracts';
import type { TrainingEngine } from '../engine/training-engine.ts';
import type { GatePlan } from '../gate/gate-plan.ts';
import { hash32 } from '../random/counter-random.ts';
import { interactionsOf } from './testing/interactions-of.ts';
import {
  type EngineDiary,
  engineFactory,
  PopularityLearningEngine,
} from './testing/popularity-learning-engine.ts';
import { trainModel } from './train-model.ts';
import type { TrainModelProgress } from './training-progress.ts';

const ITEMS = 60;
const RUNTIME = { threads: 1, build: 'simd' } as const;

/** Users whose items are mostly of low index, so that popularity means something. */
function rowsOf(users: number, length: number): number[][] {
  return [...new Array(users).keys()].map((user) => {
    const row = new Set<number>();
    for (let draw = 0; row.size < length; draw++) {
      row.add(Math.floor(ITEMS * (hash32(1, user, draw) / 2 ** 32) ** 3));
    }
    return [...row];
  });
}

function configOf(training: Partial<RunConfig['training']> = {}): RunConfig {
  const own = { pretraining: 'none', epochs: 20, patience: 3, ...training };
  return runConfigSchema.parse({
    model: { factors: 1, layers: [] },
    training: own,
    evaluation: { bootstrapResamples: 200, maxUsers: 100 },
  });
}

async function run(options: {
  peak: number;
  training?: Partial<RunConfig['training']>;
  rows?: number[][];
  gate?: GatePlan;
}) {
  const diary: EngineDiary = { entries: [], pairs: [] };
  const progress: TrainModelProgress[] = [];
  const interactions = interactionsOf(options.rows ?? rowsOf(120, 6), ITEMS);
  const result = await trainModel({
    interactions,
    config: configOf(options.training),
    createEngine: engineFactory(diary, options.peak),
    onProgress: (report) => progress.push(report),
    pretraining: RUNTIME,
    gate: options.gate,
  });
  return { ...result, diary, progress, interactions };
}

describe('trainModel', () => {
  test('chooses the best epoch on validation, stops after it by patience, and refits for as many', async () => {
    const { epochs, metrics, diary } = await run({ peak: 3, training: { epochs: 10, patience: 2 } });
    expect(epochs).toBe(3);
    expect(metrics.epochs).toBe(3);
    expect(metrics.validationNdcg).toHaveLength(5);
    expect(Math.max(...metrics.validationNdcg)).toBe(metrics.validationNdcg[2]);
    const train = (count: number) => new Array(count).fill('train');
    expect(diary.entries).toEqual([
      'create',
      ...train(5),
      'load',
      'dispose',
      'create',
      ...train(3),
      'dispose',
    ]);
  });

  test('says when one engine is gone, before the other is made', async () => {
    const diary: EngineDiary = { entries: [], pairs: [] };
    await trainModel({
      interactions: interactionsOf(rowsOf(20, 5), ITEMS),
      config: configOf({ epochs: 1 }),
      createEngine: engineFactory(diary, 1),
      onProgress: () => undefined,
      onEngineGone: () => diary.entries.push('gone'),
      pretraining: RUNTIME,
    });
    expect(diary.entries).toEqual(['create', 'train', 'dispose', 'gone', 'create', 'train', 'dispose']);
  });

  test.each([
    // Copied when the next epoch begins, if the one before it was the best so far: with a peak of 3, the first.
    ['the only epoch', { peak: 1, epochs: 1, patience: 1 }, 0, 0],
    ['the last epoch', { peak: 3, epochs: 3, patience: 3 }, 1, 0],
    ['an earlier epoch', { peak: 2, epochs: 4, patience: 4 }, 2, 1],
  ])(
    'copies parameters only where another epoch is tried after: %s is the best',
    async (_, own, copies, loads) => {
      const diary: EngineDiary = { entries: [], pairs: [] };
      let copied = 0;
      class Counting extends PopularityLearningEngine {
        override parameters() {
          copied++;
          return super.parameters();
        }
      }
      const { epochs, patience, peak } = own;
      const { metrics } = await trainModel({
        interactions: interactionsOf(rowsOf(120, 6), ITEMS),
        config: configOf({ epochs, patience }),
        createEngine: async (pairs: ConstructorParameters<typeof Counting>[0]) =>
          new Counting(pairs, diary, peak),
        onProgress: () => undefined,
        pretraining: RUNTIME,
      });
      expect(metrics.epochs).toBe(peak);
      expect(metrics.neumf).toEqual(metrics.popularity);
      // And one at the end: the model to publish.
      expect(copied).toBe(copies + 1);
      expect(diary.entries.filter((entry) => entry === 'load')).toHaveLength(loads);
    },
  );

  test('evaluates the parameters of the best epoch, not those of the last', async () => {
    const { metrics } = await run({ peak: 3, training: { epochs: 10, patience: 2 } });
    // At its peak the engine's order is that of the popularity baseline.
    expect(metrics.neumf).toEqual(metrics.popularity);
    expect(metrics.neumf.full.ndcg.mean).toBeGreaterThan(0.05);
    expect(metrics.neumf.sampled.ndcg.mean).toBeGreaterThanOrEqual(metrics.neumf.full.ndcg.mean);
    expect(metrics.protocol).toEqual({
      split: 'chronological-leave-one-out',
      cutoff: 10,
      users: 100,
      sampledNegatives: 99,
      seed: 42,
    });
    expect(metricsSchema.safeParse(metrics).success).toBe(true);
  });

  test('searches without the withheld pairs, and refits on all', async () => {
    const { diary, parameters, engine, interactions } = await run({ peak: 1 });
    const [search, refit] = diary.pairs;
    expect(search!.items).toHaveLength(120 * 4);
    expect([...search!.items.subarray(0, 4)]).toEqual([...interactions.items.subarray(0, 4)]);
    expect(refit!.items).toBe(interactions.items);
    const popularity = new Float32Array(ITEMS);
    for (const item of interactions.items) popularity[item]!++;
    expect(parameters.itemGmf).toEqual(popularity);
    expect(engine).toEqual({ name: 'popularity-learning', backend: 'test', threads: 1 });
  });

  test('takes the earlier of equal epochs, and stops at the limit of epochs', async () => {
    const constant = await run({ peak: 100, training: { epochs: 3, patience: 1_000 }, rows: [[0, 1, 2]] });
    expect(constant.metrics.validationNdcg).toHaveLength(3);
    const best = Math.max(...constant.metrics.validationNdcg);
    expect(constant.epochs).toBe(constant.metrics.validationNdcg.indexOf(best) + 1);
  });

  test('trains all epochs when no user has a validation item', async () => {
    const { epochs, metrics, diary } = await run({ peak: 2, training: { epochs: 4 }, rows: rowsOf(30, 2) });
    expect(epochs).toBe(4);
    expect(metrics.validationNdcg).toEqual([]);
    expect(diary.entries.filter((entry) => entry === 'train')).toHaveLength(8);
  });

  test('trains on users without a test item and does not rank them', async () => {
    const { metrics, diary } = await run({ peak: 1, rows: [...rowsOf(10, 4), [59], [58]] });
    expect(metrics.protocol.users).toBe(10);
    expect([...diary.pairs[0]!.items]).toEqual(expect.arrayContaining([58, 59]));
  });

  test('is refused before an engine is made when nobody has two items', async () => {
    const diary: EngineDiary = { entries: [], pairs: [] };
    const work = {
      interactions: interactionsOf([[1], [2]], ITEMS),
      config: configOf(),
      createEngine: engineFactory(diary, 1),
      onProgress: () => undefined,
      pretraining: RUNTIME,
    };
    await expect(trainModel(work)).rejects.toMatchObject({ code: 'too-few-interactions' });
    expect(diary.entries).toEqual([]);
  });

  test('reports every stage with a fraction that never falls and ends with 1', async () => {
    const { progress } = await run({ peak: 3, training: { epochs: 20, patience: 2 } });
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const order = progress.map(({ stage, phase }) => `${phase} ${stage}`);
    expect([...new Set(order)]).toEqual(['search train', 'search evaluate', 'refit train']);
    const ranked = progress.filter(({ validationNdcg }) => validationNdcg !== undefined);
    expect(ranked.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    expect(progress.at(-1)).toMatchObject({ phase: 'refit', epoch: 3, epochs: 3, loss: 1 / 3 });
  });

  test.each([
    ['search', 2, ['create', 'train', 'train', 'dispose']],
    ['refit', 5, ['create', 'train', 'train', 'train', 'dispose', 'create', 'train', 'train', 'dispose']],
  ])('disposes of the engine when the %s fails', async (_, failAt, expected) => {
    const diary: EngineDiary = { entries: [], pairs: [] };
    let trained = 0;
    class Failing extends PopularityLearningEngine {
      override async trainEpoch(...args: Parameters<TrainingEngine['trainEpoch']>) {
        const result = await super.trainEpoch(...args);
        if (++trained === failAt) throw new Error('out of memory');
        return result;
      }
    }
    const work = {
      interactions: interactionsOf(rowsOf(20, 5), ITEMS),
      config: configOf({ epochs: 3, patience: 1_000 }),
      createEngine: async (pairs: ConstructorParameters<typeof Failing>[0]) => new Failing(pairs, diary, 3),
      onProgress: () => undefined,
      pretraining: RUNTIME,
    };
    await expect(trainModel(work)).rejects.toThrow('out of memory');
    expect(diary.entries).toEqual(expected);
  });

  test('pre-trains before the search and before the refit, with the weight that validation chose', async () => {
    const { metrics, diary, progress } = await run({
      peak: 1,
      training: { pretraining: 'als', alsIterations: 2, alsUnobservedWeights: [0.5, 0.1, 0.02], epochs: 1 },
    });
    const { pretraining } = metrics;
    expect(pretraining!.tried.length).toBeGreaterThanOrEqual(2);
    const best = Math.max(...pretraining!.tried.map(({ validationNdcg }) => validationNdcg));
    const chosen = pretraining!.tried.find(
      ({ unobservedWeight }) => unobservedWeight === pretraining!.unobservedWeight,
    );
    expect(chosen!.validationNdcg).toBe(best);
    // One load for each weight that is tried, one for the chosen one; then the refit's.
    const loads = new Array(pretraining!.tried.length + 1).fill('load');
    expect(diary.entries).toEqual(
      ['create', loads, 'train', 'dispose', 'create', 'load', 'train', 'dispose'].flat(),
    );
    const refitted = progress.filter(({ stage, phase }) => stage === 'pretrain' && phase === 'refit');
    expect(refitted.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(metricsSchema.safeParse(metrics).success).toBe(true);
  });

  test('a model without a predecessor is the first, and no twin is trained', async () => {
    const { metrics, progress } = await run({ peak: 1 });
    expect(metrics.gate).toMatchObject({ outcome: 'first', leaveOneOut: null });
    expect(progress.some(({ phase }) => phase === 'twin')).toBe(false);
  });

  test('hands its lead over popularity on the test items to the gate', async () => {
    const gate = {
      protocol: 'none',
      note: 'there is nothing before a cut',
      incumbent: { version: 'v1', trainedUntilMs: 1 },
      incumbentModel: undefined,
      cut: undefined,
    } as const;
    // At its peak the engine's order is that of popularity: no user's list differs.
    const same = await run({ peak: 1, training: { epochs: 1 }, gate });
    expect(same.metrics.gate).toMatchObject({
      outcome: 'accepted',
      incumbent: gate.incumbent,
      leaveOneOut: { users: 100, popularity: { mean: 0, low: 0, high: 0 } },
    });
    const worse = await run({ peak: 9, training: { epochs: 1 }, gate });
    const { neumf, popularity, gate: verdict } = worse.metrics;
    expect(verdict).toMatchObject({ outcome: 'rejected' });
    expect(verdict!.leaveOneOut!.popularity.mean).toBeCloseTo(
      neumf.full.ndcg.mean - popularity.full.ndcg.mean,
      12,
    );
    // What follows from the verdict is for the caller: the refit is made all the same.
    expect(worse.diary.entries.filter((entry) => entry === 'create')).toHaveLength(2);
  });

  test('gives the same again', async () => {
    const [first, second] = [await run({ peak: 2 }), await run({ peak: 2 })];
    expect(second.metrics).toEqual(first.metrics);
    expect(second.parameters).toEqual(first.parameters);
  });
});
