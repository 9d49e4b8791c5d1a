import type { Pretraining, RunConfig } from '@sommelier/contracts';
import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import type { TrainingEngine } from '../engine/training-engine.ts';
import { drawUsers } from './draw-users.ts';
import { EVALUATION_STREAM } from './evaluation-streams.ts';
import { choosePretraining, type PretrainingRuntime, withPretrainedGmf } from './pretraining.ts';
import { type RankingTask, rankPositives } from './rank-positives.ts';
import { meanNdcg } from './ranking-metrics.ts';
import type { LeaveOneOutSplit } from './split-leave-one-out.ts';
import type { TrainingProgress } from './training-progress.ts';

export interface EpochSearch {
  /** Number of epochs with the best NDCG on the validation items. */
  readonly epochs: number;
  /** NDCG on the validation items after each epoch that was tried; empty when no user has such an item. */
  readonly validationNdcg: number[];
  /** What the GMF branch started from. */
  readonly pretraining: Pretraining | null;
}

/**
 * Trains until NDCG on the validation items (full catalogue) has not risen for `patience` epochs, or `epochs` are
 * done. Of equal epochs the earlier one is chosen. The test items are not looked at.
 *
 * With `training.pretraining` the GMF branch starts from factors that are chosen on the same validation items.
 *
 * Where no user has a validation item (all have 2 distinct items or fewer), nothing can be chosen: all of `epochs`
 * are trained.
 *
 * The engine is left with the parameters of the chosen epoch. A copy of them exists only while later epochs are tried.
 */
export async function searchEpochs(
  engine: TrainingEngine,
  split: LeaveOneOutSplit,
  config: RunConfig,
  progress: TrainingProgress,
  runtime: PretrainingRuntime,
): Promise<EpochSearch> {
  const { epochs, patience } = config.training;
  const task = validationTask(split, config);
  const validate = async () => meanNdcg((await rankPositives(engine, task)).full, config.evaluation.cutoff);
  const pretraining = await pretrain(engine, config, split, task.users.length > 0 ? validate : undefined, {
    runtime,
    progress,
  });
  const validationNdcg: number[] = [];
  let best: { epochs: number; ndcg: number } | undefined;
  /** Those of the best epoch, once the engine has left them behind. */
  let parameters: NeuMFParameters | undefined;
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (best?.epochs === epoch) parameters = await engine.parameters();
    const position = { phase: 'search', epoch: epoch + 1, epochs } as const;
    const trained = await engine.trainEpoch(epoch, (done) => progress.train({ ...position, ...done }));
    if (task.users.length === 0) continue;
    const ndcg = await validate();
    validationNdcg.push(ndcg);
    progress.train({ ...position, ...trained, validationNdcg: ndcg });
    if (best === undefined || ndcg > best.ndcg) {
      best = { epochs: epoch + 1, ndcg };
      parameters = undefined;
    } else if (epoch + 1 - best.epochs >= patience) break;
  }
  if (parameters !== undefined) await engine.load(parameters);
  return { epochs: best?.epochs ?? epochs, validationNdcg, pretraining };
}

/** Chooses on the validation items what the GMF branch starts from, and loads it. */
async function pretrain(
  engine: TrainingEngine,
  config: RunConfig,
  split: LeaveOneOutSplit,
  validate: (() => Promise<number>) | undefined,
  { runtime, progress }: { runtime: PretrainingRuntime; progress: TrainingProgress },
): Promise<Pretraining | null> {
  if (config.training.pretraining === 'none') return null;
  const start = await engine.parameters();
  const { pretraining, factors } = await choosePretraining(
    engine,
    config,
    split.train,
    validate,
    runtime,
    (done) => progress.pretrain('search', done, config.training.alsIterations),
  );
  await engine.load(withPretrainedGmf(start, factors));
  return pretraining;
}

function validationTask(split: LeaveOneOutSplit, config: RunConfig): RankingTask {
  const users = drawUsers(split.validationItems, config.evaluation.maxValidationUsers, {
    seed: config.training.seed,
    stream: EVALUATION_STREAM.validationUsers,
  });
  return { train: split.train, positives: split.validationItems, users };
}
