import { type Manifest, type Metrics, type RunConfig, SommelierError } from '@sommelier/contracts';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import type { EngineSettings, TrainingEngine, TrainingPairs } from '../engine/training-engine.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { evaluateRankers, testTask } from './evaluate-rankers.ts';
import { createItemKnnRanker } from './item-knn-ranker.ts';
import { createPopularityRanker } from './popularity-ranker.ts';
import { type PretrainingRuntime, pretrainedFactors, withPretrainedGmf } from './pretraining.ts';
import { type EpochSearch, searchEpochs } from './search-epochs.ts';
import { NO_ITEM, splitLeaveOneOut, trainingPairsOf } from './split-leave-one-out.ts';
import { TrainingProgress, type TrainModelProgress } from './training-progress.ts';

export interface TrainModelWork {
  readonly interactions: Interactions;
  readonly config: RunConfig;
  readonly createEngine: (pairs: TrainingPairs, settings: EngineSettings) => Promise<TrainingEngine>;
  readonly onProgress: (progress: TrainModelProgress) => void;
  /** Called when the engine of the search is disposed of and nothing here refers to it, before the refit makes another. */
  readonly onEngineGone?: () => void;
  /** For pre-training, which runs on the CPU whatever the engine. */
  readonly pretraining: PretrainingRuntime;
}

export interface TrainedModel {
  readonly parameters: NeuMFParameters;
  readonly metrics: Metrics;
  /** Number of epochs that the parameters were trained for. */
  readonly epochs: number;
  readonly engine: Manifest['engine'];
}

/**
 * Trains the model that is published, and says how good it is.
 *
 * Search: on the interactions without each user's test and validation item, the number of epochs is chosen on the
 * validation items, and before that what the GMF branch starts from. Evaluation: the parameters of that epoch, beside popularity and item-kNN, on the test items,
 * which are looked at once. Refit: a fresh engine on all interactions for that many epochs. One engine is alive at a
 * time, and each is disposed of, also after an error. Deterministic as far as the engine is.
 * @throws SommelierError `too-few-interactions` when no user has two distinct items; what the engine throws.
 */
export async function trainModel(work: TrainModelWork): Promise<TrainedModel> {
  const progress = new TrainingProgress(work.onProgress);
  const { epochs, metrics } = await searchAndEvaluate(work, progress);
  work.onEngineGone?.();
  return { metrics, epochs, ...(await refit(work, metrics, progress)) };
}

async function searchAndEvaluate(
  { interactions, config, createEngine, pretraining }: TrainModelWork,
  progress: TrainingProgress,
): Promise<{ epochs: number; metrics: Metrics }> {
  const split = splitLeaveOneOut(interactions);
  if (split.testItems.every((item) => item === NO_ITEM)) {
    throw new SommelierError(
      'too-few-interactions',
      'No user has two distinct items, so that nothing can be withheld to evaluate the model on. Import more events, or set data.minDistinctItems to 2 or more.',
    );
  }
  const engine = await createEngine(split.train, config);
  try {
    const search = await searchEpochs(engine, split, config, progress, pretraining);
    progress.evaluate(0);
    const { seed } = config.training;
    const task = testTask(split, config.evaluation, seed);
    const rankers = {
      neumf: engine,
      popularity: createPopularityRanker(split.train),
      itemKnn: createItemKnnRanker(split.train),
    };
    const reports = await evaluateRankers(rankers, task, config.evaluation, seed, (share) =>
      progress.evaluate(share),
    );
    return { epochs: search.epochs, metrics: metricsOf(search, reports, task.users.length, config) };
  } finally {
    await engine.dispose();
  }
}

function metricsOf(
  { epochs, validationNdcg, pretraining }: EpochSearch,
  reports: Pick<Metrics, 'neumf' | 'popularity' | 'itemKnn'>,
  users: number,
  { evaluation, training }: RunConfig,
): Metrics {
  const { cutoff, sampledNegatives } = evaluation;
  const split = 'chronological-leave-one-out' as const;
  return {
    protocol: { split, cutoff, users, sampledNegatives, seed: training.seed },
    epochs,
    validationNdcg,
    pretraining,
    ...reports,
  };
}

async function refit(
  { interactions, config, createEngine, pretraining: runtime }: TrainModelWork,
  { epochs, pretraining }: Metrics,
  progress: TrainingProgress,
): Promise<Pick<TrainedModel, 'parameters' | 'engine'>> {
  const pairs = trainingPairsOf(interactions);
  const engine = await createEngine(pairs, config);
  try {
    if (pretraining !== null) {
      const factors = await pretrainedFactors(pairs, config, pretraining.unobservedWeight, runtime, (done) =>
        progress.pretrain('refit', done, config.training.alsIterations),
      );
      await engine.load(withPretrainedGmf(await engine.parameters(), factors));
    }
    for (let epoch = 0; epoch < epochs; epoch++) {
      const position = { phase: 'refit', epoch: epoch + 1, epochs } as const;
      const trained = await engine.trainEpoch(epoch, (done) => progress.train({ ...position, ...done }));
      progress.train({ ...position, ...trained });
    }
    const { name, backend, threads } = engine;
    return { parameters: await engine.parameters(), engine: { name, backend, threads } };
  } finally {
    await engine.dispose();
  }
}
