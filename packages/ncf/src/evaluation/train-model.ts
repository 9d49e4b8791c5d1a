import {
  type Estimate,
  type Evaluated,
  type Manifest,
  type Metrics,
  type RunConfig,
  SommelierError,
} from '@sommelier/contracts';
import type { Checkpoints } from '../checkpoint/training-checkpoint.ts';
import { TrainingJournal } from '../checkpoint/training-journal.ts';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import type { GatePlan } from '../gate/gate-plan.ts';
import { firstVerdict, judgeCandidate } from '../gate/judge-candidate.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { bootstrapEstimates } from './bootstrap.ts';
import { evaluateRankers, testTask } from './evaluate-rankers.ts';
import { type ChosenFit, type FitWork, fitModel } from './fit-model.ts';
import { createItemKnnRanker } from './item-knn-ranker.ts';
import { createPopularityRanker } from './popularity-ranker.ts';
import { type EpochSearch, searchEpochs } from './search-epochs.ts';
import { NO_ITEM, splitLeaveOneOut } from './split-leave-one-out.ts';
import { TrainingProgress, type TrainModelProgress } from './training-progress.ts';

export interface TrainModelWork extends Omit<FitWork, 'journal'> {
  readonly interactions: Interactions;
  readonly onProgress: (progress: TrainModelProgress) => void;
  /** Called when an engine is disposed of and nothing here refers to it, before another is made. */
  readonly onEngineGone?: () => void;
  /** What the candidate is compared on; undefined when there is no model that it would replace. */
  readonly gate?: GatePlan | undefined;
  /** Where to keep how far it has come; unless given, nothing is kept. */
  readonly checkpoints?: Checkpoints | undefined;
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
 * validation items, and before that what the GMF branch starts from. Evaluation: the parameters of that epoch, beside
 * popularity and item-kNN, on the test items, which are looked at once. Gate: where there is a model to replace, a twin
 * is trained in the same way on what is before a cut, and compared with that model on what is after it; the verdict is
 * in the metrics, and it is the caller who acts on it. Refit: a fresh engine on all interactions for that many epochs.
 * One engine is alive at a time, and each is disposed of, also after an error. Deterministic as far as the engine is:
 * also when it goes on from a checkpoint, the parameters are the same to the bit.
 *
 * With a model to begin from, twin and refit do: the twin only if that model has seen nothing after the cut. The search
 * never does, since that model has seen the items that are withheld there.
 * @throws SommelierError `too-few-interactions` when no user has two distinct items; what the engine throws.
 */
export async function trainModel(work: TrainModelWork): Promise<TrainedModel> {
  const progress = new TrainingProgress(work.onProgress, { withTwin: work.gate?.cut !== undefined });
  const journal = new TrainingJournal(work.checkpoints);
  const { metrics: evaluated, leaveOneOut } = await journal.evaluated(() =>
    searchAndEvaluate(work, journal, progress),
  );
  work.onEngineGone?.();
  const gate =
    work.gate === undefined
      ? firstVerdict(work.config.evaluation.cutoff)
      : await judgeCandidate({ ...work, journal }, work.gate, { ...evaluated, leaveOneOut }, progress);
  const metrics = { ...evaluated, gate };
  return { metrics, epochs: metrics.epochs, ...(await refit({ ...work, journal }, metrics, progress)) };
}

async function searchAndEvaluate(
  { interactions, config, createEngine, pretraining }: TrainModelWork,
  trainingJournal: TrainingJournal,
  progress: TrainingProgress,
): Promise<Evaluated> {
  const split = splitLeaveOneOut(interactions);
  if (split.testItems.every((item) => item === NO_ITEM)) {
    throw new SommelierError(
      'too-few-interactions',
      'No user has two distinct items, so that nothing can be withheld to evaluate the model on. Import more events, or set data.minDistinctItems to 2 or more.',
    );
  }
  const journal = trainingJournal.fit('search', split.train);
  const engine = await createEngine(split.train, config);
  try {
    const search = await searchEpochs(engine, split, config, progress, pretraining, journal);
    progress.evaluate(0);
    const { seed } = config.training;
    const task = testTask(split, config.evaluation, seed);
    const rankers = {
      neumf: engine,
      popularity: createPopularityRanker(split.train),
      itemKnn: createItemKnnRanker(split.train),
    };
    const byUser = new Map<string, Float64Array>();
    const reports = await evaluateRankers(
      rankers,
      task,
      config.evaluation,
      seed,
      (share) => progress.evaluate(share),
      (name, ndcg) => byUser.set(name, ndcg),
    );
    const lead = byUser.get('neumf')!.map((ndcg, user) => ndcg - byUser.get('popularity')![user]!);
    const resamples = config.evaluation.bootstrapResamples;
    const [popularity] = bootstrapEstimates([lead], { resamples, seed }) as [Estimate];
    const users = task.users.length;
    return { metrics: metricsOf(search, reports, users, config), leaveOneOut: { users, popularity } };
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
  work: FitWork & Pick<TrainModelWork, 'interactions'>,
  chosen: ChosenFit,
  progress: TrainingProgress,
): Promise<Pick<TrainedModel, 'parameters' | 'engine'>> {
  return fitModel(work, work.interactions, chosen, { phase: 'refit', progress }, async (engine) => {
    const { name, backend, threads } = engine;
    return { parameters: await engine.parameters(), engine: { name, backend, threads } };
  });
}
