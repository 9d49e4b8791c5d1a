import type { Pretraining } from '@sommelier/contracts';
import type { NeuMFParameters } from '@sommelier/ncf';
import {
  choosePretraining,
  type EngineSettings,
  type EpochProgress,
  gmfOnly,
  type PretrainingRuntime,
  pretrainedFactors,
  type TrainingEngine,
  type TrainingPairs,
  towerOnly,
  withPretrainedGmf,
} from '@sommelier/ncf/training';
import { type RankingQuality, rankTasks } from './ranking.ts';
import type { RankingTask } from './rated-pairs.ts';

export interface Runtime extends PretrainingRuntime {
  readonly makeEngine: (pairs: TrainingPairs, settings: EngineSettings) => Promise<TrainingEngine>;
}

export interface EpochReport {
  readonly loss: number;
  readonly samples: number;
  /** Of the training alone. */
  readonly seconds: number;
  /** Absent while refitting: nothing is left to validate on. */
  readonly validation: RankingQuality | undefined;
}

/** What the benchmark tells while it trains. */
export interface TrainingObserver {
  progress(phase: string, epoch: number, progress: EpochProgress): void;
  epochDone(phase: string, epoch: number, report: EpochReport): void;
  pretrained(phase: string, unobservedWeight: number, seconds: number): void;
}

/** Validation quality of the chosen parameters and of their parts. */
export interface Ablation {
  readonly neumf: RankingQuality;
  /** The same parameters without the tower. */
  readonly gmf: RankingQuality;
  /** The same parameters without the GMF branch. */
  readonly mlp: RankingQuality;
  /** The GMF branch as it was before the joint training. */
  readonly pretrainedGmf: RankingQuality | undefined;
}

export interface EpochSearch {
  readonly pretraining: Pretraining | undefined;
  /** The number of epochs after which validation NDCG was highest. */
  readonly epochs: number;
  /** Validation quality after each epoch that was tried. */
  readonly validation: readonly RankingQuality[];
  readonly ablation: Ablation;
}

/**
 * Chooses the pre-training, then trains without the validation items until NDCG@10 on them has not risen for
 * `patience` epochs.
 */
export async function searchEpochs(
  runtime: Runtime,
  settings: EngineSettings,
  data: { readonly train: TrainingPairs; readonly validation: readonly RankingTask[] },
  observer: TrainingObserver,
): Promise<EpochSearch> {
  const engine = await runtime.makeEngine(data.train, settings);
  const validate = () =>
    rankTasks(data.validation, data.train.itemCount, (users) => engine.scoreUsers(users));
  const validateOnly = async (parameters: NeuMFParameters) => {
    await engine.load(parameters);
    return await validate();
  };
  try {
    const start = await engine.parameters();
    const chosen = await pretrain(runtime, engine, settings, data.train, validate, observer);
    if (chosen !== undefined) await engine.load(withPretrainedGmf(start, chosen.factors));
    const search = await trainUntilWorse(engine, settings, validate, observer);
    const ablation = {
      neumf: search.validation[search.epochs - 1]!,
      gmf: await validateOnly(gmfOnly(search.parameters)),
      mlp: await validateOnly(towerOnly(search.parameters)),
      pretrainedGmf: chosen && (await validateOnly(gmfOnly(withPretrainedGmf(start, chosen.factors)))),
    };
    const { epochs, validation } = search;
    return { pretraining: chosen?.pretraining, epochs, validation, ablation };
  } finally {
    await engine.dispose();
  }
}

async function pretrain(
  runtime: Runtime,
  engine: TrainingEngine,
  settings: EngineSettings,
  pairs: TrainingPairs,
  validate: () => Promise<RankingQuality>,
  observer: TrainingObserver,
) {
  if (settings.training.pretraining === 'none') return undefined;
  const start = performance.now();
  const ndcg = async () => (await validate()).ndcg10;
  const chosen = await choosePretraining(engine, settings, pairs, ndcg, runtime);
  observer.pretrained('validate', chosen.pretraining.unobservedWeight, (performance.now() - start) / 1000);
  return chosen;
}

async function trainUntilWorse(
  engine: TrainingEngine,
  { training }: EngineSettings,
  validate: () => Promise<RankingQuality>,
  observer: TrainingObserver,
) {
  const validation: RankingQuality[] = [];
  let best = 0;
  let parameters = await engine.parameters();
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    const trained = await timedEpoch(engine, 'validate', epoch, observer);
    const quality = await validate();
    validation.push(quality);
    observer.epochDone('validate', epoch, { ...trained, validation: quality });
    if (epoch === 0 || quality.ndcg10 > validation[best]!.ndcg10) {
      best = epoch;
      parameters = await engine.parameters();
    }
    if (epoch - best >= training.patience) break;
  }
  return { epochs: best + 1, validation, parameters };
}

export interface Refit {
  readonly quality: RankingQuality;
  /** Pre-training and epochs, without the ranking. */
  readonly seconds: number;
}

/** Trains on every pair as the search chose, then ranks the test once. */
export async function refitAndTest(
  runtime: Runtime,
  settings: EngineSettings,
  data: { readonly train: TrainingPairs; readonly test: readonly RankingTask[] },
  { epochs, pretraining }: Pick<EpochSearch, 'epochs' | 'pretraining'>,
  observer: TrainingObserver,
): Promise<Refit> {
  const begin = performance.now();
  const engine = await runtime.makeEngine(data.train, settings);
  try {
    if (pretraining !== undefined) {
      const start = performance.now();
      const { unobservedWeight } = pretraining;
      const factors = await pretrainedFactors(data.train, settings, unobservedWeight, runtime);
      await engine.load(withPretrainedGmf(await engine.parameters(), factors));
      observer.pretrained('refit', unobservedWeight, (performance.now() - start) / 1000);
    }
    for (let epoch = 0; epoch < epochs; epoch++) {
      const trained = await timedEpoch(engine, 'refit', epoch, observer);
      observer.epochDone('refit', epoch, { ...trained, validation: undefined });
    }
    const seconds = (performance.now() - begin) / 1000;
    const quality = await rankTasks(data.test, data.train.itemCount, (users) => engine.scoreUsers(users));
    return { quality, seconds };
  } finally {
    await engine.dispose();
  }
}

async function timedEpoch(engine: TrainingEngine, phase: string, epoch: number, observer: TrainingObserver) {
  const start = performance.now();
  const { loss, samples } = await engine.trainEpoch(epoch, (at) => observer.progress(phase, epoch, at));
  return { loss, samples, seconds: (performance.now() - start) / 1000 };
}
