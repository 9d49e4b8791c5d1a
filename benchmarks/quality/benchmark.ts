import { chooseBackend, createTfjsEngine, type EpochProgress } from '@sommelier/ncf/training';
import {
  type EpochReport,
  type EpochSearch,
  refitAndTest,
  searchEpochs,
  type TrainingObserver,
} from './epoch-search.ts';
import { holdOutLast, toHistories } from './hold-out.ts';
import type { QualityOptions } from './options.ts';
import { type RankingQuality, rankTasks } from './ranking.ts';
import { DataError, type RatedData } from './rated-pairs.ts';

export interface QualityResult {
  readonly engine: string;
  readonly backend: string;
  readonly backendReason: string;
  readonly counts: {
    users: number;
    items: number;
    trainPairs: number;
    validationUsers: number;
    testUsers: number;
  };
  readonly epochs: number;
  readonly validation: EpochSearch['validation'];
  readonly test: { readonly neumf: RankingQuality; readonly popularity: RankingQuality };
  /** Samples a second while training, over both trainings. */
  readonly samplesPerSecond: number;
  readonly trainingSeconds: number;
}

/** The whole protocol: search the number of epochs on validation, refit on all of train, rank the test once. */
export async function runBenchmark(
  data: RatedData,
  options: QualityOptions,
  observer: TrainingObserver,
): Promise<QualityResult> {
  const { backend, reason } = await chooseBackend(options.engine);
  const histories = toHistories(data.train, data.userCount, data.itemCount);
  const { train, validation } = holdOutLast(histories, options.training.seed);
  if (validation.length === 0) throw new DataError('No user has two training items, so none can be held out');
  const rate = new RateMeter(observer);
  const makeEngine: Parameters<typeof searchEpochs>[0] = (pairs, settings) =>
    createTfjsEngine(pairs, settings, { backend });
  const search = await searchEpochs(makeEngine, options, { train, validation }, rate);
  const neumf = await refitAndTest(
    makeEngine,
    options,
    { train: histories, test: data.test, epochs: search.epochs },
    rate,
  );
  return {
    engine: 'tfjs',
    backend,
    backendReason: reason,
    counts: {
      users: data.userCount,
      items: data.itemCount,
      trainPairs: histories.items.length,
      validationUsers: validation.length,
      testUsers: data.test.length,
    },
    epochs: search.epochs,
    validation: search.validation,
    test: { neumf, popularity: await rankByPopularity(histories, data) },
    samplesPerSecond: rate.samplesPerSecond,
    trainingSeconds: rate.seconds,
  };
}

/** The items' counts of training pairs as scores, the same for every user. */
async function rankByPopularity(histories: { items: Uint32Array }, data: RatedData): Promise<RankingQuality> {
  const counts = new Float32Array(data.itemCount);
  for (const item of histories.items) counts[item]!++;
  return await rankTasks(data.test, data.itemCount, async (users) => {
    const scores = new Float32Array(users.length * data.itemCount);
    for (let row = 0; row < users.length; row++) scores.set(counts, row * data.itemCount);
    return scores;
  });
}

/** Adds up the epochs' samples and times, and passes on what it sees. */
class RateMeter implements TrainingObserver {
  readonly #observer: TrainingObserver;
  #samples = 0;
  #seconds = 0;

  constructor(observer: TrainingObserver) {
    this.#observer = observer;
  }

  get seconds(): number {
    return this.#seconds;
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
}
