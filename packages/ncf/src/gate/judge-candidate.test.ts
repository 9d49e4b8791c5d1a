import { describe, expect, test } from '@jest/globals';
import { gateVerdictSchema, type RunConfig, runConfigSchema } from '@sommelier/contracts';
import type { TrainingPairs } from '../engine/training-engine.ts';
import {
  type EngineDiary,
  PopularityLearningEngine,
} from '../evaluation/testing/popularity-learning-engine.ts';
import { TrainingProgress, type TrainModelProgress } from '../evaluation/training-progress.ts';
import type { Model } from '../model-file/model.ts';
import { modelFrom } from '../model-file/model.ts';
import type { Interactions } from '../preparation/interactions.ts';
import type { GatePlan } from './gate-plan.ts';
import { gateTask, knownFrom } from './gate-task.ts';
import { firstVerdict, judgeCandidate } from './judge-candidate.ts';

/** Of few users, and no surer than that. */
const LEAVE_ONE_OUT = { users: 300, popularity: { mean: 0.01, low: -0.01, high: 0.03 } };
const USERS = 600;
const ITEMS = 40;

/** Users who have seen items 0, 1 and one more, and after the cut come to what `after` says. */
function log(after: (user: number) => number[]): { all: Interactions; before: Interactions } {
  const rows = [...new Array(USERS).keys()].map((user) => [0, 1, 20 + (user % 20)]);
  const of = (lists: number[][]): Interactions => {
    const offsets = new Uint32Array(USERS + 1);
    for (const [user, list] of lists.entries()) offsets[user + 1] = offsets[user]! + list.length;
    return {
      userIds: rows.map((_, user) => `u${String(user).padStart(3, '0')}`),
      itemIds: [...new Array(ITEMS).keys()].map((item) => `i${String(item).padStart(2, '0')}`),
      offsets,
      items: Uint32Array.from(lists.flat()),
      strengths: new Float32Array(lists.flat().length).fill(1),
      timestampsMs: Float64Array.from(lists.flatMap((list) => list.map((_, k) => (k < 3 ? k : 100 + k)))),
    };
  };
  return { all: of(rows.map((row, user) => [...row, ...after(user)])), before: of(rows) };
}

/** A model that ranks items for everybody by these scores. */
function modelWith(interactions: Interactions, scores: (item: number) => number): Model {
  return modelFrom(interactions, {
    shape: { userCount: USERS, itemCount: ITEMS, factors: 1, layers: [] },
    userGmf: new Float32Array(USERS).fill(1),
    itemGmf: Float32Array.from({ length: ITEMS }, (_, item) => scores(item)),
    userMlp: new Float32Array(0),
    itemMlp: new Float32Array(0),
    mlp: [],
    outputWeight: Float32Array.of(1),
    outputBias: new Float32Array(1),
  });
}

/** An engine that knows beforehand what comes: items 2, 3, 4, 5 first, or last when it is bad. */
class KnowingEngine extends PopularityLearningEngine {
  constructor(pairs: TrainingPairs, diary: EngineDiary, isGood: boolean) {
    super(pairs, diary, 1);
    this.after = Float32Array.from({ length: pairs.itemCount }, (_, item) =>
      isGood === (item >= 2 && item < 6) ? 10 - item / 100 : 0,
    );
  }
  readonly after: Float32Array;
  override async trainEpoch(...args: Parameters<PopularityLearningEngine['trainEpoch']>) {
    const trained = await super.trainEpoch(...args);
    await super.load({ ...(await super.parameters()), itemGmf: this.after });
    return trained;
  }
}

async function judge(options: {
  isGood: boolean;
  incumbent?: ((item: number) => number) | undefined;
  force?: RunConfig['force'];
  withoutCut?: boolean;
}) {
  const { all, before } = log((user) => [2 + (user % 4), 2 + ((user + 1) % 4), 2 + ((user + 2) % 4)]);
  const { isGood, incumbent, force } = options;
  const model = incumbent && modelWith(before, incumbent);
  const task = gateTask({
    interactions: all,
    cutMs: 50,
    twin: knownFrom(before),
    incumbent: model,
    maxUsers: 1_000,
    seed: 1,
  });
  const plan: GatePlan = {
    protocol: model === undefined ? 'popularity-only' : 'incumbent-and-popularity',
    note: model === undefined ? 'its file is missing' : '',
    incumbent: { version: 'v1', trainedUntilMs: 50 },
    incumbentModel: model,
    cut: options.withoutCut === true ? undefined : { ms: 50, twin: before, task },
  };
  const diary: EngineDiary = { entries: [], pairs: [] };
  const reports: TrainModelProgress[] = [];
  const config = runConfigSchema.parse({
    model: { factors: 1, layers: [] },
    training: { pretraining: 'none' },
    evaluation: { bootstrapResamples: 200 },
    force,
  });
  const verdict = await judgeCandidate(
    {
      config,
      createEngine: async (pairs) => new KnowingEngine(pairs, diary, isGood),
      pretraining: { threads: 1, build: 'simd' },
      onEngineGone: () => diary.entries.push('gone'),
    },
    plan,
    { epochs: 2, pretraining: null, leaveOneOut: LEAVE_ONE_OUT },
    new TrainingProgress((report) => reports.push(report), { withTwin: true }),
  );
  expect(gateVerdictSchema.parse(verdict)).toEqual(verdict);
  return { verdict, diary, reports };
}

/** The four items that come are first, in their order; then the others. */
const good = (item: number): number => (item >= 2 && item < 6 ? 5 - item / 100 : 0);

describe('judgeCandidate', () => {
  test('an equally good candidate is accepted; the figures are those of the definition', async () => {
    const { verdict, diary } = await judge({ isGood: true, incumbent: good });
    expect(verdict).toMatchObject({ outcome: 'accepted', pairs: 1_800, users: 600, cutMs: 50, force: null });
    // Three of the four first items: users who lack item 5 (ranks 1, 2, 3), 2 (2, 3, 4), 3 (1, 3, 4), 4 (1, 2, 4).
    const gain = (...ranks: number[]) => ranks.reduce((sum, rank) => sum + 1 / Math.log2(rank + 1), 0);
    const expected = (gain(1, 2, 3) + gain(2, 3, 4) + gain(1, 3, 4) + gain(1, 2, 4)) / (4 * gain(1, 2, 3));
    expect(verdict.ndcg?.twin.mean).toBeCloseTo(expected, 12);
    expect(verdict.ndcg?.incumbent?.mean).toBeCloseTo(expected, 12);
    expect(verdict.difference?.incumbent).toEqual({ mean: 0, low: 0, high: 0 });
    // Popularity ties items 2 to 19 behind those that were seen: nobody's list has what comes.
    expect(verdict.ndcg?.popularity.mean).toBe(0);
    // One engine at a time: the twin's, then the incumbent's.
    const twin = ['create', 'train', 'load', 'train', 'load', 'dispose', 'gone'];
    expect(diary.entries).toEqual([...twin, 'create', 'load', 'dispose', 'gone']);
  });

  test('a worse candidate is rejected for both reasons, or forced by who asks for it', async () => {
    const { verdict } = await judge({ isGood: false, incumbent: good });
    expect(verdict).toMatchObject({ outcome: 'rejected', force: null });
    expect(verdict.reason).toMatch(
      /^On 1800 pairs of 600 users after 1970-01-01T00:00:00.050Z: it is worse than the incumbent: .*; it is not better than popularity after the cut/,
    );
    const forced = await judge({ isGood: false, incumbent: good, force: 'Ann: on purpose' });
    expect(forced.verdict).toEqual({ ...verdict, outcome: 'forced', force: 'Ann: on purpose' });
    const needless = await judge({ isGood: true, incumbent: good, force: true });
    expect(needless.verdict).toMatchObject({ outcome: 'accepted', force: null });
  });

  test('without the incumbent it says so, and popularity decides alone', async () => {
    const { verdict, diary } = await judge({ isGood: true, incumbent: undefined });
    expect(verdict).toMatchObject({
      outcome: 'accepted',
      protocol: 'popularity-only',
      ndcg: { incumbent: null },
      difference: { incumbent: null },
    });
    expect(verdict.reason).toMatch(/^Against popularity only, since its file is missing. On 1800 pairs/);
    expect(diary.entries.filter((entry) => entry === 'create')).toHaveLength(1);
    expect((await judge({ isGood: false, incumbent: undefined })).verdict.outcome).toBe('rejected');
  });

  test('reports the twin and the ranking, and gives the same again', async () => {
    const one = await judge({ isGood: true, incumbent: good });
    expect([...new Set(one.reports.map(({ phase, stage }) => `${phase} ${stage}`))]).toEqual([
      'twin train',
      'twin judge',
    ]);
    expect((await judge({ isGood: true, incumbent: good })).verdict).toEqual(one.verdict);
  });

  test('where nothing is after a cut, no twin is trained, and leave-one-out decides', async () => {
    const { verdict, diary } = await judge({ isGood: false, incumbent: good, withoutCut: true });
    expect(verdict).toMatchObject({
      outcome: 'accepted',
      ndcg: null,
      leaveOneOut: LEAVE_ONE_OUT,
      cutMs: null,
    });
    expect(verdict.reason).toMatch(
      /^By leave-one-out only, since .*: less popularity's on the last item of 300/,
    );
    expect(diary.entries).toEqual([]);
  });

  test('the first model is let through', () => {
    expect(gateVerdictSchema.parse(firstVerdict(10))).toMatchObject({
      outcome: 'first',
      protocol: 'none',
      cutoff: 10,
    });
  });
});
