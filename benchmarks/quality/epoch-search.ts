import type { EngineSettings, EpochProgress, TrainingEngine, TrainingPairs } from '@sommelier/ncf/training';
import { type RankingQuality, rankTasks } from './ranking.ts';
import type { RankingTask } from './rated-pairs.ts';

export type MakeEngine = (pairs: TrainingPairs, settings: EngineSettings) => Promise<TrainingEngine>;

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
}

export interface EpochSearch {
  /** The number of epochs after which validation NDCG was highest. */
  readonly epochs: number;
  /** Validation quality after each epoch that was tried. */
  readonly validation: readonly RankingQuality[];
}

/** Trains without the validation items until NDCG@10 on them has not risen for `patience` epochs. */
export async function searchEpochs(
  makeEngine: MakeEngine,
  settings: EngineSettings,
  data: { readonly train: TrainingPairs; readonly validation: readonly RankingTask[] },
  observer: TrainingObserver,
): Promise<EpochSearch> {
  const engine = await makeEngine(data.train, settings);
  const validation: RankingQuality[] = [];
  let best = 0;
  try {
    for (let epoch = 0; epoch < settings.training.epochs; epoch++) {
      const trained = await timedEpoch(engine, 'validate', epoch, observer);
      const quality = await rankTasks(data.validation, data.train.itemCount, (users) =>
        engine.scoreUsers(users),
      );
      validation.push(quality);
      observer.epochDone('validate', epoch, { ...trained, validation: quality });
      if (quality.ndcg10 > validation[best]!.ndcg10) best = epoch;
      if (epoch - best >= settings.training.patience) break;
    }
  } finally {
    await engine.dispose();
  }
  return { epochs: best + 1, validation };
}

/** Trains on every pair for a fixed number of epochs, then ranks the test once. */
export async function refitAndTest(
  makeEngine: MakeEngine,
  settings: EngineSettings,
  data: { readonly train: TrainingPairs; readonly test: readonly RankingTask[]; readonly epochs: number },
  observer: TrainingObserver,
): Promise<RankingQuality> {
  const engine = await makeEngine(data.train, settings);
  try {
    for (let epoch = 0; epoch < data.epochs; epoch++) {
      const trained = await timedEpoch(engine, 'refit', epoch, observer);
      observer.epochDone('refit', epoch, { ...trained, validation: undefined });
    }
    return await rankTasks(data.test, data.train.itemCount, (users) => engine.scoreUsers(users));
  } finally {
    await engine.dispose();
  }
}

async function timedEpoch(engine: TrainingEngine, phase: string, epoch: number, observer: TrainingObserver) {
  const start = performance.now();
  const { loss, samples } = await engine.trainEpoch(epoch, (at) => observer.progress(phase, epoch, at));
  return { loss, samples, seconds: (performance.now() - start) / 1000 };
}
