import type { Pretraining, RunConfig } from '@sommelier/contracts';
import type { FitBegun, FitJournal } from '../checkpoint/training-journal.ts';
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
 * A search that goes on from an earlier attempt's epochs finds what it would have found without.
 */
export async function searchEpochs(
  engine: TrainingEngine,
  split: LeaveOneOutSplit,
  config: RunConfig,
  progress: TrainingProgress,
  runtime: PretrainingRuntime,
  journal?: FitJournal,
): Promise<EpochSearch> {
  const { epochs, patience } = config.training;
  const task = validationTask(split, config);
  const validate =
    task.users.length === 0
      ? undefined
      : async () => meanNdcg((await rankPositives(engine, task)).full, config.evaluation.cutoff);
  const begun =
    (await journal?.resume(engine)) ??
    (await pretrain(engine, config, split, validate, { runtime, progress, journal }));
  const { pretraining, validationNdcg } = begun.search!;
  /** Those of the best epoch, once the engine has left them behind. */
  let { bestParameters } = begun;
  for (let epoch = begun.epochsDone; epoch < epochs; epoch++) {
    const best = bestEpochs(validationNdcg);
    if (best !== undefined && epoch - best >= patience) break;
    if (best === epoch) bestParameters = await engine.parameters();
    const position = { phase: 'search', epoch: epoch + 1, epochs } as const;
    const trained = await engine.trainEpoch(epoch, (done) => progress.train({ ...position, ...done }));
    if (validate !== undefined) {
      const ndcg = await validate();
      validationNdcg.push(ndcg);
      progress.train({ ...position, ...trained, validationNdcg: ndcg });
      if (bestEpochs(validationNdcg) === epoch + 1) bestParameters = undefined;
    }
    const search = { pretraining, validationNdcg };
    await journal?.keep(engine, { epochsDone: epoch + 1, search, bestParameters });
  }
  if (bestParameters !== undefined) await engine.load(bestParameters);
  return { epochs: bestEpochs(validationNdcg) ?? epochs, validationNdcg, pretraining };
}

/** Epochs with the best NDCG, the fewest of equal ones; undefined before anything was ranked. */
function bestEpochs(validationNdcg: readonly number[]): number | undefined {
  return validationNdcg.length === 0 ? undefined : validationNdcg.indexOf(Math.max(...validationNdcg)) + 1;
}

/** Chooses on the validation items what the GMF branch starts from, and loads it: a search before its first epoch. */
async function pretrain(
  engine: TrainingEngine,
  config: RunConfig,
  split: LeaveOneOutSplit,
  validate: (() => Promise<number>) | undefined,
  parts: { runtime: PretrainingRuntime; progress: TrainingProgress; journal: FitJournal | undefined },
): Promise<FitBegun> {
  const begun = (pretraining: Pretraining | null): FitBegun => ({
    epochsDone: 0,
    search: { pretraining, validationNdcg: [] },
    bestParameters: undefined,
  });
  if (config.training.pretraining === 'none') return begun(null);
  const start = await engine.parameters();
  const { pretraining, factors } = await choosePretraining(
    engine,
    config,
    split.train,
    validate,
    parts.runtime,
    (done) => parts.progress.pretrain('search', done, config.training.alsIterations),
  );
  await engine.load(withPretrainedGmf(start, factors));
  await parts.journal?.keep(engine, begun(pretraining));
  return begun(pretraining);
}

function validationTask(split: LeaveOneOutSplit, config: RunConfig): RankingTask {
  const users = drawUsers(split.validationItems, config.evaluation.maxValidationUsers, {
    seed: config.training.seed,
    stream: EVALUATION_STREAM.validationUsers,
  });
  return { train: split.train, positives: split.validationItems, users };
}
