import type { EngineChoice, TrainModelProgress } from '@sommelier/ncf/training';
import { type NextItemQuality, qualityOf, scoreSessions } from './next-item.ts';
import type { SessionSource, SessionsOptions } from './options.ts';
import { type Interval, pairedDifference } from './paired-bootstrap.ts';
import { popularityRanker } from './popularity.ts';
import { ServedRanker } from './served-ranker.ts';
import { cutLastDays, type Session, sessionsOf, testable, type VisitorEvent } from './session.ts';
import { readEvents, readSessions } from './session-files.ts';
import { SessionKnn, type SessionKnnOptions } from './session-knn.ts';
import { prepareEvents, type ServedModel, trainServedModel } from './trained-model.ts';
import { type Variation, varyPersonalizer } from './tune-personalizer.ts';
import { tuneSessionKnn } from './tuned-session-knn.ts';

/** Validation sessions that V-SKNN is tuned on. */
const MOST_TUNING_SESSIONS = 2_000;

export interface SessionsData {
  readonly train: readonly VisitorEvent[];
  readonly test: readonly Session[];
}

export interface SessionsResult {
  readonly counts: {
    readonly trainEvents: number;
    readonly modelItems: number;
    readonly modelUsers: number;
    readonly testSessions: number;
    readonly beginnings: number;
    readonly unseenBeginnings: number;
  };
  readonly sommelier: NextItemQuality;
  readonly sessionKnn: NextItemQuality & { readonly options: SessionKnnOptions };
  readonly popularity: NextItemQuality;
  readonly difference: { readonly hr20: Interval; readonly mrr20: Interval };
  readonly epochs: number;
  readonly foldIn: ServedModel['foldIn'];
  readonly trainingSeconds: number;
  readonly millisecondsAnAnswer: number;
}

/** What the benchmark tells while it runs. */
export interface SessionsObserver {
  line(text: string): void;
  training(progress: TrainModelProgress): void;
}

type Options = SessionsOptions<SessionSource>;

export async function readData({ source, sessionType }: Options): Promise<SessionsData> {
  if (source.kind === 'cut') return cutLastDays(await readEvents(source.events), source.days, sessionType);
  const train = await readEvents(source.train);
  const known = new Set(train.map(({ itemId }) => itemId));
  return { train, test: testable(await readSessions(source.test), (item) => known.has(item)) };
}

/** Tunes V-SKNN on validation, trains the model, and ranks the test once with each. */
export async function runBenchmark(
  { train, test }: SessionsData,
  options: Options,
  choice: EngineChoice,
  observer: SessionsObserver,
): Promise<SessionsResult> {
  const knnOptions = tunedOptions(train, options, observer);
  const interactions = prepareEvents(train, options.config);
  const served = await trainServedModel(interactions, options.config, choice, observer.training);

  const sessions = sessionsOf(train, options.sessionType);
  const knnScores = scoreSessions(new SessionKnn(sessions).ranker(knnOptions), test);
  const popularityScores = scoreSessions(popularityRanker(sessions), test);
  const ranker = new ServedRanker(served);
  const start = performance.now();
  const scores = scoreSessions(ranker, test);
  const milliseconds = performance.now() - start;
  const beginnings = scores.reduce((sum, score) => sum + score.beginnings, 0);
  return {
    counts: {
      trainEvents: train.length,
      modelItems: interactions.itemIds.length,
      modelUsers: interactions.userIds.length,
      testSessions: test.length,
      beginnings,
      unseenBeginnings: scores.reduce((sum, score) => sum + score.unseenBeginnings, 0),
    },
    sommelier: qualityOf(scores),
    sessionKnn: { ...qualityOf(knnScores), options: knnOptions },
    popularity: qualityOf(popularityScores),
    difference: pairedDifference(scores, knnScores, options),
    epochs: served.epochs,
    foldIn: served.foldIn,
    trainingSeconds: served.seconds,
    millisecondsAnAnswer: milliseconds / beginnings,
  };
}

function tunedOptions(
  train: readonly VisitorEvent[],
  { validationDays, sessionType }: Options,
  observer: SessionsObserver,
): SessionKnnOptions {
  const validation = cutLastDays(train, validationDays, sessionType);
  const sessions = evenlySpaced(validation.test, MOST_TUNING_SESSIONS);
  observer.line(
    `V-SKNN: tuned on ${sessions.length} of the ${validation.test.length} sessions of the last ${validationDays} days`,
  );
  return tuneSessionKnn(sessionsOf(validation.train, sessionType), sessions, (tried, hr20, mrr20) =>
    observer.line(`  ${JSON.stringify(tried)}  ${hr20.toFixed(4)}  ${mrr20.toFixed(4)}`),
  );
}

function evenlySpaced<T>(values: readonly T[], most: number): T[] {
  const size = Math.min(values.length, most);
  return Array.from({ length: size }, (_, index) => values[Math.floor((index * values.length) / size)]!);
}

/** Trains without the validation days and varies the personalizer's options on a few of their sessions. */
export async function runTuning(
  { train }: SessionsData,
  options: Options & { readonly tune: number },
  choice: EngineChoice,
  observer: SessionsObserver,
): Promise<{ readonly sessions: number; readonly variations: readonly Variation[] }> {
  const validation = cutLastDays(train, options.validationDays, options.sessionType);
  const sessions = evenlySpaced(validation.test, options.tune);
  const interactions = prepareEvents(validation.train, options.config);
  const served = await trainServedModel(interactions, options.config, choice, observer.training);
  const variations = varyPersonalizer(served, sessions, ({ option, value, quality }) =>
    observer.line(
      `${option} ${value ?? ''}`.padEnd(24) +
        Object.values(quality)
          .map((number) => number.toFixed(4))
          .join('  '),
    ),
  );
  return { sessions: sessions.length, variations };
}
