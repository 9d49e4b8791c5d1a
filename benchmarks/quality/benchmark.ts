import type { Pretraining } from '@sommelier/contracts';
import {
  chooseEngine,
  createEngine,
  createItemKnnRanker,
  describeEngine,
  type EpochProgress,
} from '@sommelier/ncf/training';
import { DataError } from '../report/data-error.ts';
import {
  type Ablation,
  type EpochReport,
  type EpochSearch,
  type Runtime,
  refitAndTest,
  searchEpochs,
  type TrainingObserver,
} from './epoch-search.ts';
import { holdOutLast, toHistories, type UserHistories } from './hold-out.ts';
import type { QualityOptions } from './options.ts';
import { type RankingQuality, rankTasks } from './ranking.ts';
import type { RatedData } from './rated-pairs.ts';

export interface SeedResult {
  readonly seed: number;
  readonly pretraining: Pretraining | undefined;
  readonly epochs: number;
  readonly validation: EpochSearch['validation'];
  readonly ablation: Ablation;
  readonly test: RankingQuality;
  /** Of the training of the model that is ranked: pre-training and its epochs, without the search. */
  readonly trainingSeconds: number;
  /** Of everything this seed took, the search and all rankings included. */
  readonly seconds: number;
}

export interface QualityResult {
  readonly engine: string;
  readonly engineReason: string;
  readonly counts: {
    users: number;
    items: number;
    trainPairs: number;
    validationUsers: number;
    testUsers: number;
  };
  readonly seeds: readonly SeedResult[];
  readonly baselines: { readonly popularity: RankingQuality; readonly itemKnn: RankingQuality };
  /** Samples a second in the epochs of all trainings. */
  readonly samplesPerSecond: number;
}

/** The whole protocol for each seed: choose on validation, refit on all of train, rank the test once. */
export async function runBenchmark(
  data: RatedData,
  options: QualityOptions,
  observer: TrainingObserver,
): Promise<QualityResult> {
  const choice = await chooseEngine(options.engine, { threads: options.threads });
  const { threads, build } = choice;
  const runtime: Runtime = {
    threads,
    build,
    makeEngine: (pairs, settings) => createEngine(choice, pairs, settings),
  };
  const histories = toHistories(data.train, data.userCount, data.itemCount);
  const rate = new RateMeter(observer);
  const seeds: SeedResult[] = [];
  let validationUsers = 0;
  for (const seed of options.seeds) {
    const { train, validation } = holdOutLast(histories, seed);
    if (validation.length === 0)
      throw new DataError('No user has two training items, so none can be held out');
    validationUsers = validation.length;
    const settings = { ...options.settings, training: { ...options.settings.training, seed } };
    const start = performance.now();
    const { pretraining, epochs, ...search } = await searchEpochs(
      runtime,
      settings,
      { train, validation },
      rate,
    );
    const work = { train: histories, test: data.test };
    const refit = await refitAndTest(runtime, settings, work, { pretraining, epochs }, rate);
    const seconds = (performance.now() - start) / 1000;
    const { quality: test, seconds: trainingSeconds } = refit;
    seeds.push({ seed, pretraining, epochs, ...search, test, trainingSeconds, seconds });
  }
  return {
    engine: describeEngine(choice),
    engineReason: choice.reason,
    counts: {
      users: data.userCount,
      items: data.itemCount,
      trainPairs: histories.items.length,
      validationUsers,
      testUsers: data.test.length,
    },
    seeds,
    baselines: await baselines(histories, data),
    samplesPerSecond: rate.samplesPerSecond,
  };
}

async function baselines(histories: UserHistories, data: RatedData): Promise<QualityResult['baselines']> {
  const counts = new Float32Array(data.itemCount);
  for (const item of histories.items) counts[item]!++;
  const knn = createItemKnnRanker(histories);
  return {
    // The items' counts of training pairs as scores, the same for every user.
    popularity: await rankTasks(data.test, data.itemCount, async (users) => {
      const scores = new Float32Array(users.length * data.itemCount);
      for (let row = 0; row < users.length; row++) scores.set(counts, row * data.itemCount);
      return scores;
    }),
    itemKnn: await rankTasks(data.test, data.itemCount, (users) => knn.scoreUsers(users)),
  };
}

/** Adds up the epochs' samples and times, and passes on what it sees. */
class RateMeter implements TrainingObserver {
  readonly #observer: TrainingObserver;
  #samples = 0;
  #seconds = 0;

  constructor(observer: TrainingObserver) {
    this.#observer = observer;
  }

  get samplesPerSecond(): number {
    return this.#samples / this.#seconds;
  }

  progress(phase: string, epoch: number, progress: EpochProgress): void {
    this.#observer.progress(phase, epoch, progress);
  }

  epochDone(phase: string, epoch: number, report: EpochReport): void {
    this.#samples += report.samples;
    this.#seconds += report.seconds;
    this.#observer.epochDone(phase, epoch, report);
  }

  pretrained(phase: string, unobservedWeight: number, seconds: number): void {
    this.#observer.pretrained(phase, unobservedWeight, seconds);
  }
}
