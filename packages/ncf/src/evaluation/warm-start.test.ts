import { describe, expect, test } from '@jest/globals';
import { runConfigSchema } from '@sommelier/contracts';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import { createWasmEngine } from '../engine/wasm/wasm-engine.ts';
import type { GatePlan } from '../gate/gate-plan.ts';
import { gateTask, knownFrom } from '../gate/gate-task.ts';
import { modelFrom } from '../model-file/model.ts';
import { interactionsOf } from './testing/interactions-of.ts';
import { trainModel } from './train-model.ts';
import { warmParameters, warmStartProblem } from './warm-start.ts';

/** Rows that tell user or item, table and origin apart. */
function parameters(users: number, items: number, origin: number): NeuMFParameters {
  const table = (rows: number, width: number, kind: number) =>
    Float32Array.from(
      { length: rows * width },
      (_, at) => origin + kind + Math.floor(at / width) + 0.25 * (at % width),
    );
  return {
    shape: { userCount: users, itemCount: items, factors: 2, layers: [4, 1] },
    userGmf: table(users, 2, 100),
    itemGmf: table(items, 2, 200),
    userMlp: table(users, 2, 300),
    itemMlp: table(items, 2, 400),
    mlp: [{ weight: Float32Array.of(1, 2, 3, origin), bias: Float32Array.of(origin) }],
    outputWeight: Float32Array.of(1, 1, origin),
    outputBias: Float32Array.of(origin),
  };
}

const MODEL = modelFrom(
  { ...interactionsOf([[0], [1], [2]], 3), userIds: ['a', 'b', 'd'], itemIds: ['u', 'v', 'x'] },
  parameters(3, 3, 1_000),
);

test('rows of whom the model knows are its own, those of others the initial ones; dense parts are the model’s', () => {
  const own = parameters(3, 4, 0);
  const warm = warmParameters(own, { userIds: ['b', 'c', 'd'], itemIds: ['t', 'v', 'w', 'x'] }, MODEL);
  expect(warm.shape).toEqual(own.shape);
  expect([...warm.userGmf]).toEqual([1_101, 1_101.25, 101, 101.25, 1_102, 1_102.25]);
  expect([...warm.itemGmf]).toEqual([200, 200.25, 1_201, 1_201.25, 202, 202.25, 1_202, 1_202.25]);
  expect([...warm.userMlp]).toEqual([1_301, 1_301.25, 301, 301.25, 1_302, 1_302.25]);
  expect([...warm.itemMlp]).toEqual([400, 400.25, 1_401, 1_401.25, 402, 402.25, 1_402, 1_402.25]);
  expect(warm).toMatchObject({ mlp: MODEL.parameters.mlp, outputBias: Float32Array.of(1_000) });
  expect(own).toEqual(parameters(3, 4, 0));
});

test.each([
  [{ factors: 2, layers: [4, 1] }, undefined],
  [{ factors: 3, layers: [4, 1] }, /2 factors and layers \[4, 1\].*asks for 3 factors/],
  [{ factors: 2, layers: [4] }, /asks for 2 factors and layers \[4\]/],
])('%j is what the model can be begun with, or not', (config, problem) => {
  const found = warmStartProblem(MODEL, config);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});

describe('a training that begins from a model', () => {
  const interactions = interactionsOf(
    [...new Array(60).keys()].map((user) =>
      [0, 1, 2, 3, 4].map((k) => (user * 3 + k * 5 + (user % 2) * k) % 30),
    ),
    30,
  );
  const config = runConfigSchema.parse({
    model: { factors: 2, layers: [4, 1] },
    // Steps so small that what is trained is still where it began.
    training: { epochs: 1, learningRate: 1e-9, pretraining: 'als', alsIterations: 2 },
    evaluation: { bootstrapResamples: 100, sampledNegatives: 5 },
  });
  const model = modelFrom(interactions, parameters(60, 30, 5));

  /** Loads of parameters, in order, by whether they are the model's. */
  async function loadsOf(trainedUntilMs: number, cutMs: number): Promise<boolean[]> {
    const loads: boolean[] = [];
    const twin = interactionsOf(
      [...new Array(60).keys()].map((user) => [user % 30, (user + 1) % 30]),
      30,
    );
    const task = gateTask({
      interactions,
      cutMs: 0,
      twin: knownFrom(twin),
      incumbent: undefined,
      maxUsers: 10,
      seed: 1,
    });
    const gate: GatePlan = {
      protocol: 'popularity-only',
      note: 'x',
      incumbent: { version: 'v', trainedUntilMs },
      incumbentModel: undefined,
      cut: { ms: cutMs, twin, task },
    };
    const { parameters: trained } = await trainModel({
      interactions,
      config,
      createEngine: async (pairs, settings) => {
        const engine = await createWasmEngine(pairs, settings, { threads: 1, build: 'simd' });
        const load = engine.load.bind(engine);
        engine.load = async (loaded) => {
          loads.push(loaded.outputBias[0] === 5);
          await load(loaded);
        };
        return engine;
      },
      pretraining: { threads: 1, build: 'simd' },
      onProgress: () => undefined,
      gate,
      warmStart: { version: 'v', trainedUntilMs, model },
    });
    expect(trained.itemGmf[0]).toBeCloseTo(model.parameters.itemGmf[0]!, 3);
    return loads;
  }

  test('does so in twin and refit, and never in the search, whose test items the model may have seen', async () => {
    const loads = await loadsOf(100, 100);
    // The tries of pre-training and its choice, all in the search; then the twin, then the refit.
    expect(loads.slice(0, -2)).not.toContain(true);
    expect(loads.length).toBeGreaterThan(2);
    expect(loads.slice(-2)).toEqual([true, true]);
  });

  test('does not in a twin that is judged on what the model has seen', async () => {
    expect((await loadsOf(101, 100)).slice(-2)).toEqual([false, true]);
  });
});
