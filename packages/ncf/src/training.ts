export { checkpointParts, decodeCheckpoint } from './checkpoint/checkpoint-file.ts';
export type { Checkpoints, TrainingCheckpoint } from './checkpoint/training-checkpoint.ts';
export type { Batch, BatchGradients } from './engine/batch.ts';
export {
  chooseEngine,
  createEngine,
  describeEngine,
  type EngineChoice,
  type EngineOptions,
} from './engine/choose-engine.ts';
export { EpochSamples } from './engine/epoch-samples.ts';
export { initialParameters } from './engine/initial-parameters.ts';
export { namedTensors } from './engine/parameter-checks.ts';
export type {
  EngineSettings,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from './engine/training-engine.ts';
export { createWasmEngine, type WasmEngineOptions } from './engine/wasm/wasm-engine.ts';
export { bootstrapEstimates } from './evaluation/bootstrap.ts';
export { drawUsers } from './evaluation/draw-users.ts';
export { evaluateRankers, testTask } from './evaluation/evaluate-rankers.ts';
export { type ChosenFit, type FitWork, fitModel } from './evaluation/fit-model.ts';
export { createItemKnnRanker } from './evaluation/item-knn-ranker.ts';
export type { ItemKnnOptions } from './evaluation/item-neighbours.ts';
export { createPopularityRanker } from './evaluation/popularity-ranker.ts';
export {
  choosePretraining,
  gmfOnly,
  type PretrainingRuntime,
  pretrainedFactors,
  towerOnly,
  withPretrainedGmf,
} from './evaluation/pretraining.ts';
export { type Ranker, type RankingTask, type Ranks, rankPositives } from './evaluation/rank-positives.ts';
export { hitRate, meanNdcg, ndcg, UNRANKED } from './evaluation/ranking-metrics.ts';
export { type SampledNegatives, sampleNegatives } from './evaluation/sampled-negatives.ts';
export {
  type LeaveOneOutSplit,
  NO_ITEM,
  splitLeaveOneOut,
  trainingPairsOf,
} from './evaluation/split-leave-one-out.ts';
export { type TrainedModel, type TrainModelWork, trainModel } from './evaluation/train-model.ts';
export type { TrainModelProgress } from './evaluation/training-progress.ts';
export { type WarmStart, warmStartProblem } from './evaluation/warm-start.ts';
export { INCUMBENT_TOLERANCE, MIN_PAIRS, MIN_USERS } from './gate/decide.ts';
export { defaultCutMs, SHARE_AFTER_CUT } from './gate/gate-cut.ts';
export { type GatePlan, type Incumbent, planGate } from './gate/gate-plan.ts';
export {
  buildItemToItem,
  ITEM_TO_ITEM_DEFAULTS,
  type ItemToItemOptions,
} from './item-to-item/build-item-to-item.ts';
export { removeUsers } from './model-file/remove-users.ts';
