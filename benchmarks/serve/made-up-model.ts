import { type Manifest, runConfigSchema } from '@sommelier/contracts';
import {
  createExactRanker,
  describeModelFile,
  encodeModelFile,
  type Interactions,
  itemsOfUser,
  type Model,
  makeProbes,
  modelFrom,
} from '@sommelier/ncf';
import type { ScoreCell } from '../score/cells.ts';
import { madeUpParameters } from '../score/made-up-parameters.ts';
import type { ExpectedAnswers } from './answer-check.ts';
import { userIdOf } from './load-job.ts';

const TOP = 10;

/** A model that nobody trained, over the users and items of a shop: the same for the same seed. */
export function madeUpModel(interactions: Interactions, cell: ScoreCell, seed: number): Model {
  return modelFrom(interactions, madeUpParameters(cell, seed, interactions.userIds.length));
}

/** The model's file and a manifest that agrees with it; only what serving looks at means anything. */
export function describeModel(model: Model, version: string): { bytes: Uint8Array; manifest: Manifest } {
  const bytes = encodeModelFile(model);
  const { userCount: users, itemCount: items, factors, layers } = model.parameters.shape;
  const interactions = model.history.items.length;
  const estimate = { mean: 0, low: 0, high: 0 };
  const ranking = { hr: estimate, ndcg: estimate };
  const report = { full: ranking, sampled: ranking };
  const manifest: Manifest = {
    formatVersion: 1,
    version,
    runId: 'bench-serve',
    config: runConfigSchema.parse({ model: { factors, layers: [...layers] } }),
    counts: { users, items, interactions },
    components: [],
    funnel: { asOfMs: 0, fromMs: null, steps: [], eventsByType: {}, interactions },
    snapshotSha256: '0'.repeat(64),
    trainedUntilMs: 0,
    metrics: {
      protocol: { split: 'chronological-leave-one-out', cutoff: TOP, users, sampledNegatives: 99, seed: 1 },
      epochs: 1,
      validationNdcg: [0],
      pretraining: null,
      neumf: report,
      popularity: report,
      itemKnn: report,
    },
    engine: { name: 'none', backend: 'none', threads: 1 },
    file: describeModelFile(bytes),
    probes: makeProbes(model),
    codeRevision: 'bench-serve',
    createdAtMs: 0,
    trainingSeconds: 0,
  };
  return { bytes, manifest };
}

/** The right answers to the first users' requests, by version and user. */
export function expectedAnswers(models: ReadonlyMap<string, Model>, users: number): ExpectedAnswers {
  return Object.fromEntries(
    [...models].map(([version, model]) => {
      const ranker = createExactRanker(model.parameters);
      const answers = Array.from({ length: users }, (_, user) => {
        const top = ranker.topN({ user, n: TOP, excluded: itemsOfUser(model.history, user) });
        return [userIdOf(user), top.map(({ itemIndex }) => model.itemIds.idAt(itemIndex)).join(',')];
      });
      return [version, Object.fromEntries(answers)];
    }),
  );
}
