import { type Manifest, runConfigSchema } from '@sommelier/contracts';
import {
  describeModelFile,
  encodeModelFile,
  type Interactions,
  type Model,
  makeProbes,
  modelFrom,
  type NeuMFParameters,
} from '@sommelier/ncf';

const FACTORS = 8;
const LAYERS = [16, 8, 4];

/** A sequence of numbers in [0, 1) that depends on the seed alone (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ids in ascending order of their bytes: `u00000`, `u00001`, ... */
function ids(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${String(index).padStart(5, '0')}`);
}

function interactionsOf(next: () => number, userCount: number, itemCount: number): Interactions {
  const offsets = new Uint32Array(userCount + 1);
  const items: number[] = [];
  for (let user = 0; user < userCount; user++) {
    const seen = new Set<number>();
    // The square makes small indices popular.
    while (seen.size < 6) seen.add(Math.floor(next() ** 2 * itemCount));
    items.push(...seen);
    offsets[user + 1] = items.length;
  }
  return {
    userIds: ids('u', userCount),
    itemIds: ids('i', itemCount),
    offsets,
    items: Uint32Array.from(items),
    strengths: new Float32Array(items.length).fill(1),
    timestampsMs: Float64Array.from(items, (_, pair) => 1_700_000_000_000 + pair),
  };
}

function parametersOf(next: () => number, userCount: number, itemCount: number): NeuMFParameters {
  const weights = (length: number) => Float32Array.from({ length }, () => next() * 2 - 1);
  const width = LAYERS[0]! / 2;
  return {
    shape: { userCount, itemCount, factors: FACTORS, layers: LAYERS },
    userGmf: weights(userCount * FACTORS),
    itemGmf: weights(itemCount * FACTORS),
    userMlp: weights(userCount * width),
    itemMlp: weights(itemCount * width),
    mlp: LAYERS.slice(1).map((out, index) => ({ weight: weights(out * LAYERS[index]!), bias: weights(out) })),
    outputWeight: weights(FACTORS + LAYERS.at(-1)!),
    outputBias: weights(1),
  };
}

/** A model that nobody trained: random parameters and history, the same for the same seed. */
export function randomModel(seed: number, userCount = 40, itemCount = 301): Model {
  const next = sequence(seed);
  const interactions = interactionsOf(next, userCount, itemCount);
  return modelFrom(interactions, parametersOf(next, userCount, itemCount));
}

/** The model's file and a manifest that agrees with it. */
export function describeModel(model: Model, version: string): { bytes: Uint8Array; manifest: Manifest } {
  const bytes = encodeModelFile(model);
  const estimate = { mean: 0.1, low: 0.05, high: 0.15 };
  const ranking = { hr: estimate, ndcg: estimate };
  const report = { full: ranking, sampled: ranking };
  const { userCount: users, itemCount: items } = model.parameters.shape;
  const interactions = model.history.items.length;
  const manifest: Manifest = {
    formatVersion: 1,
    version,
    runId: 'test-run',
    config: runConfigSchema.parse({ model: { factors: FACTORS, layers: LAYERS } }),
    counts: { users, items, interactions },
    components: [],
    funnel: { asOfMs: 1_700_000_000_000, fromMs: null, steps: [], eventsByType: {}, interactions },
    snapshotSha256: '0'.repeat(64),
    trainedUntilMs: 1_700_000_000_000,
    metrics: {
      protocol: { split: 'chronological-leave-one-out', cutoff: 10, users, sampledNegatives: 99, seed: 1 },
      epochs: 1,
      validationNdcg: [0.1],
      pretraining: null,
      neumf: report,
      popularity: report,
      itemKnn: report,
    },
    engine: { name: 'test', backend: 'none', threads: 1 },
    file: describeModelFile(bytes),
    probes: makeProbes(model),
    codeRevision: 'test',
    createdAtMs: 1_700_000_000_000,
    trainingSeconds: 1,
  };
  return { bytes, manifest };
}

/** NeuMF's logit by its definition, term by term: nothing is shared with the scorer under test. */
function logit(p: NeuMFParameters, user: number, item: number): number {
  const { factors, layers } = p.shape;
  const width = (layers[0] ?? 0) / 2;
  let sum = p.outputBias[0]!;
  for (let f = 0; f < factors; f++) {
    sum += p.outputWeight[f]! * p.userGmf[user * factors + f]! * p.itemGmf[item * factors + f]!;
  }
  let activations = [
    ...p.userMlp.subarray(user * width, (user + 1) * width),
    ...p.itemMlp.subarray(item * width, (item + 1) * width),
  ];
  for (const { weight, bias } of p.mlp) {
    activations = [...bias].map((start, unit) =>
      Math.max(
        0,
        activations.reduce((total, x, k) => total + weight[unit * activations.length + k]! * x, start),
      ),
    );
  }
  return activations.reduce((total, x, unit) => total + p.outputWeight[factors + unit]! * x, sum);
}

/** The user's best items by sorting the logits of the whole catalogue. */
export function bruteForceTop(
  model: Model,
  userId: string,
  n: number,
  excluded: ReadonlySet<string>,
): { itemId: string; score: number }[] {
  const user = model.userIds.indexOf(userId);
  return Array.from({ length: model.itemIds.count }, (_, item) => ({
    itemId: model.itemIds.idAt(item),
    score: logit(model.parameters, user, item),
  }))
    .filter(({ itemId }) => !excluded.has(itemId))
    .sort((a, b) => b.score - a.score || (a.itemId < b.itemId ? -1 : 1))
    .slice(0, n);
}

/** Ids of what the model's history has of a user. */
export function historyOf(model: Model, userId: string): Set<string> {
  const user = model.userIds.indexOf(userId);
  const { offsets, items } = model.history;
  return new Set(
    [...items.subarray(offsets[user], offsets[user + 1])].map((item) => model.itemIds.idAt(item)),
  );
}
