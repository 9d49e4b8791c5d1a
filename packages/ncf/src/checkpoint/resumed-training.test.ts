import { describe, expect, jest, test } from '@jest/globals';
import {
  type CheckpointOrigin,
  type FitPosition,
  type RunConfig,
  runConfigSchema,
} from '@sommelier/contracts';
import { createWasmEngine } from '../engine/wasm/wasm-engine.ts';
import { interactionsOf } from '../evaluation/testing/interactions-of.ts';
import { trainModel } from '../evaluation/train-model.ts';
import { type GatePlan, planGate } from '../gate/gate-plan.ts';
import { modelFrom } from '../model-file/model.ts';
import { encodeModelFile } from '../model-file/model-codec.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { hash32 } from '../random/counter-random.ts';
import { checkpointParts, decodeCheckpoint } from './checkpoint-file.ts';
import type { TrainingCheckpoint } from './training-checkpoint.ts';

// Many trainings, if small ones, on a machine that may be busy with other things.
jest.setTimeout(120_000);

const ITEMS = 40;
const ORIGIN: CheckpointOrigin = {
  snapshotSha256: 'a'.repeat(64),
  configSha256: 'b'.repeat(64),
  engine: 'wasm',
  codeRevision: 'c',
  warmStart: null,
};

const encode = (checkpoint: TrainingCheckpoint): Uint8Array =>
  new Uint8Array(Buffer.concat(checkpointParts(checkpoint, ORIGIN)));

/** Users of two tastes, who come to the end of their row one after the other. */
const INTERACTIONS = interactionsOf(
  [...new Array(150).keys()].map((user) => {
    const row = new Set<number>();
    for (let draw = 0; row.size < 7; draw++) {
      row.add((user % 2) * 20 + Math.floor(20 * (hash32(9, user, draw) / 2 ** 32) ** 2));
    }
    return [...row];
  }),
  ITEMS,
);

function configOf(training: Partial<RunConfig['training']>): RunConfig {
  return runConfigSchema.parse({
    model: { factors: 4, layers: [8, 4] },
    training: { epochs: 4, patience: 4, batchSize: 128, learningRate: 0.05, alsIterations: 2, ...training },
    evaluation: { bootstrapResamples: 100, sampledNegatives: 10 },
  });
}

/** What is before the last tenth of the interactions. */
function before(cutMs: number): Interactions {
  const { userIds, itemIds, offsets, items, timestampsMs } = INTERACTIONS;
  const rows = userIds.map((_, user) =>
    [...items.subarray(offsets[user], offsets[user + 1])].filter(
      (_item, place) => timestampsMs[offsets[user]! + place]! <= cutMs,
    ),
  );
  return { ...interactionsOf(rows, ITEMS), userIds, itemIds };
}

function gatePlan(): GatePlan {
  const incumbent = { version: 'v', trainedUntilMs: 0, model: { problem: 'its file is missing' } };
  const { seed } = configOf({}).training;
  return planGate({ interactions: INTERACTIONS, incumbent, prepareUntil: before, maxUsers: 100, seed });
}

/** Trains to the end, from a checkpoint's bytes or from the beginning, and keeps all checkpoints as bytes. */
async function train(config: RunConfig, threads: number, earlier?: Uint8Array) {
  const kept: Uint8Array[] = [];
  const resumed: Pick<FitPosition, 'phase' | 'epochsDone'>[] = [];
  const trained = await trainModel({
    interactions: INTERACTIONS,
    config,
    createEngine: (pairs, settings) => createWasmEngine(pairs, settings, { threads, build: 'simd' }),
    pretraining: { threads, build: 'simd' },
    onProgress: () => undefined,
    gate: gatePlan(),
    checkpoints: {
      takeEarlier: () => earlier && decodeCheckpoint(earlier).checkpoint,
      isDue: () => true,
      save: async (checkpoint) => void kept.push(encode(checkpoint)),
      onResumed: ({ phase, epochsDone }) => void resumed.push({ phase, epochsDone }),
    },
  });
  const file = Buffer.from(encodeModelFile(modelFrom(INTERACTIONS, trained.parameters)));
  return { file, metrics: trained.metrics, kept, resumed };
}

const placeOf = ({ fit, evaluated, judged }: TrainingCheckpoint): string =>
  fit ? `${fit.phase} ${fit.epochsDone}` : judged ? 'judged' : evaluated ? 'evaluated' : 'nothing';

describe.each([
  // The learning rate is so high that the best epoch is not the last one, and its parameters are kept beside.
  { threads: 1, pretraining: 'none' as const, epochs: 4 },
  { threads: 2, pretraining: 'als' as const, epochs: 4 },
])('a training with $threads thread(s), pre-training $pretraining', ({ threads, ...training }) => {
  test('goes on from each of its checkpoints to the bytes and metrics that it has undisturbed', async () => {
    const config = configOf(training);
    const whole = await train(config, threads);
    const places = whole.kept.map((bytes) => placeOf(decodeCheckpoint(bytes).checkpoint));
    const { epochs } = whole.metrics;
    const upTo = (phase: string, last: number) => {
      const first = training.pretraining === 'als' || phase !== 'search' ? 0 : 1;
      return [...new Array(last + 1).keys()].slice(first).map((done) => `${phase} ${done}`);
    };
    expect(places).toEqual([
      ...upTo('search', 4),
      'evaluated',
      ...upTo('twin', epochs),
      'judged',
      ...upTo('refit', epochs),
    ]);
    for (const [index, bytes] of whole.kept.entries()) {
      const again = await train(config, threads, bytes);
      const what = places[index]!;
      expect({ what, isSame: again.file.equals(whole.file) }).toEqual({ what, isSame: true });
      expect(again.metrics).toEqual(whole.metrics);
      const isFit = /\d/.test(what);
      expect(again.resumed.map(({ phase, epochsDone }) => `${phase} ${epochsDone}`)).toEqual(
        isFit ? [what] : [],
      );
      // Nothing that was kept before is computed again.
      expect(again.kept).toHaveLength(whole.kept.length - index - 1);
    }
  });
});

test('the best epoch survives being passed by', async () => {
  const config = configOf({ pretraining: 'none', epochs: 6, patience: 6, learningRate: 0.3 });
  const whole = await train(config, 1);
  const past = whole.kept.filter((bytes) => decodeCheckpoint(bytes).checkpoint.fit?.bestParameters);
  expect(past.length).toBeGreaterThan(0);
  for (const bytes of past) {
    const again = await train(config, 1, bytes);
    expect(again.file.equals(whole.file)).toBe(true);
    expect(again.metrics).toEqual(whole.metrics);
  }
});

test('a checkpoint of other pairs, and a verdict on another plan, are not taken', async () => {
  const config = configOf({ pretraining: 'none', epochs: 2 });
  const whole = await train(config, 1);
  const decoded = whole.kept.map((bytes) => decodeCheckpoint(bytes).checkpoint);
  const twin = decoded.find(({ fit }) => fit?.phase === 'twin')!;
  const otherPairs = { ...twin, fit: { ...twin.fit!, pairsSha256: 'd'.repeat(64) } };
  const again = await train(config, 1, encode(otherPairs));
  expect(again.resumed).toEqual([]);
  expect(again.file.equals(whole.file)).toBe(true);

  const judged = decoded.find(({ fit, judged }) => fit === null && judged !== null)!;
  const otherPlan = { ...judged, judged: { ...judged.judged!, planSha256: 'd'.repeat(64) } };
  const judgedAgain = await train(config, 1, encode(otherPlan));
  expect(judgedAgain.metrics).toEqual(whole.metrics);
  const places = judgedAgain.kept.map((bytes) => placeOf(decodeCheckpoint(bytes).checkpoint));
  expect(places[0]).toBe('twin 0');
});
