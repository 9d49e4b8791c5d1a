import type { ActiveModel, Manifest, ModelReady, TrainingRun } from '@sommelier/contracts';
import type { ArtifactStore, Database, Logger } from '@sommelier/platform';
import type { ErasureWork } from '../erasure/erasure-work.ts';
import { withoutErasedUsers } from '../erasure/without-erased-users.ts';
import type { AttemptObserver, RunObserver } from '../observation/run-observer.ts';
import { finishRejected, gateLines, rejectModel } from '../stages/gate-stage.ts';
import { incumbentOrder } from '../stages/load-incumbent.ts';
import { manifestOf, publishModel } from '../stages/publish-model.ts';
import type { ThreadRun } from '../thread/thread-handle.ts';
import type { Prepared, TrainedModel, TrainingOrder } from '../thread/thread-messages.ts';
import { trainInThread } from '../thread/train-in-thread.ts';
import { metricsLines, timingsLine } from './run-log-lines.ts';
import { ProgressTracker } from './run-progress.ts';
import type { RunReporter } from './run-reporter.ts';
import type { RunWatch } from './run-watch.ts';

/** What every attempt needs, whichever run it is for. */
export interface AttemptParts {
  readonly database: Database;
  readonly artifacts: ArtifactStore;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly codeRevision: string;
  /** Where the thread finds what it reads, and what it computes on. */
  readonly surroundings: Pick<
    TrainingOrder,
    'engine' | 'engineThreads' | 'databaseUrl' | 'artifactDir' | 'logLevel' | 'checkpointMs'
  >;
  readonly heapMb: number;
  /** Longest that an attempt may take. */
  readonly maxMinutes: number;
  /** Processor time of this process so far, all its threads together. */
  readonly cpuSeconds: () => number;
  readonly watch: RunWatch;
  readonly observer: RunObserver;
  /** Trace context of the request that started a run; undefined while nobody traces. Never rejects. */
  readonly traceparentOf: (runId: string) => Promise<string | undefined>;
  /** Deletes what nobody needs any more, once a model was published. */
  readonly retain: () => Promise<void>;
  readonly train: (run: ThreadRun) => Promise<TrainedModel>;
  readonly erasureWork: (signal: AbortSignal) => ErasureWork;
  /** Tells the replicas; may fail, since it is a hint. */
  readonly announce: (message: ModelReady) => Promise<void>;
}

/** What an attempt is about, and what it tells its caller while it goes on. */
export interface Attempt {
  readonly run: TrainingRun;
  readonly attempt: number;
  /** Begins the names of temporary files. */
  readonly scope: string;
  /** Snapshot that was, or is about to be, written. */
  snapshotSha256: string | undefined;
  readonly observer: AttemptObserver;
}

/** One attempt at a run that is this worker's: prepare, train, evaluate, publish, and the row's last word. */
export async function attemptRun(
  parts: AttemptParts,
  attempt: Attempt,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<string> {
  const { run } = attempt;
  const { database, nowMs } = parts;
  const active = await database.models.active();
  const published = await publishedBefore(database, run, active);
  if (published !== undefined) {
    reporter.log(`An earlier attempt has published ${published.version} already`);
    await succeed(reporter, published, nowMs());
    return published.version;
  }
  const rejected = await finishRejected(database.models, run.id, reporter, nowMs());
  if (rejected !== undefined) return rejected;
  const expectedGeneration = await baseGeneration(database, run, active, reporter);
  const readThrough = await erasuresBeforeReading(database, run, reporter);
  const incumbent = active && (await database.models.get(active.version));
  const startedAtMs = nowMs();
  const cpuSecondsBefore = parts.cpuSeconds();
  const tracker = new ProgressTracker(startedAtMs, run.progress?.fraction, attempt.observer.step);
  const prepared = await preparedBefore(database, run);
  if (prepared !== undefined)
    reporter.log(`Reading the snapshot ${prepared.snapshotSha256} of an earlier attempt`);

  const served = incumbent && incumbentOrder(incumbent.manifest);
  const order = { prepared, incumbent: served, warmStart: run.request.warmStart ? served : undefined };
  const trained = await trainInThread(parts, { attempt, order, tracker, reporter, signal });
  signal.throwIfAborted();
  const { model, erasedThrough } = await withoutErasedUsers(parts, {
    trained,
    readThrough,
    signal,
    reporter,
  });
  for (const line of [...metricsLines(model.metrics), ...gateLines(model.metrics.gate)]) reporter.log(line);
  reporter.progress(tracker.enter('publish', 'Publishing the model', nowMs()));
  const createdAtMs = nowMs();
  const manifest = manifestOf({
    runId: run.id,
    request: run.request,
    model,
    codeRevision: parts.codeRevision,
    createdAtMs,
    trainingSeconds: (createdAtMs - startedAtMs) / 1_000,
    cpuSeconds: parts.cpuSeconds() - cpuSecondsBefore,
  });
  const confirm = async (): Promise<void> => {
    signal.throwIfAborted();
    await reporter.patch({ funnel: model.funnel });
  };
  const { artifacts } = parts;
  const candidate = { artifacts, models: database.models, manifest, file: model.file, erasedThrough };
  if (manifest.metrics.gate?.outcome === 'rejected') {
    return rejectModel({ ...candidate, reporter, confirm, nowMs, timings: tracker.timings(nowMs()) });
  }
  const message = await publishModel({
    ...candidate,
    baseGeneration: async () => (await database.trainingRuns.baseGenerationOf(run.id)) ?? expectedGeneration,
    run: { id: run.id, attempt: attempt.attempt },
    nowMs,
    confirm,
  });
  await parts.announce(message);
  const timings = tracker.timings(nowMs());
  reporter.log(`Published ${manifest.version} as generation ${message.generation}. ${timingsLine(timings)}`);
  await succeed(reporter, manifest, nowMs(), timings);
  return manifest.version;
}

/** The manifest of the model if this very run has activated one: an attempt that died between activation and row. */
async function publishedBefore(
  database: Database,
  run: TrainingRun,
  active: ActiveModel | undefined,
): Promise<Manifest | undefined> {
  const version = run.modelVersion ?? active?.version;
  if (version === undefined) return undefined;
  const model = await database.models.get(version);
  return model?.runId === run.id ? model.manifest : undefined;
}

/**
 * The generation that this run may replace: the one that was active when its first attempt began, so that a later
 * attempt does not undo a rollback that came in between.
 */
async function baseGeneration(
  database: Database,
  run: TrainingRun,
  active: ActiveModel | undefined,
  reporter: RunReporter,
): Promise<number> {
  const noted = await database.trainingRuns.baseGenerationOf(run.id);
  if (noted !== undefined) return noted;
  const now = active?.generation ?? 0;
  await reporter.patch({ baseGeneration: now });
  return now;
}

/**
 * The newest erasure before the run's first attempt began to read: noted before it does, so that whoever erases later
 * waits for the run, and the run knows whom it may have read all the same.
 */
async function erasuresBeforeReading(
  database: Database,
  run: TrainingRun,
  reporter: RunReporter,
): Promise<number> {
  const noted = await database.trainingRuns.erasedThroughOf(run.id);
  if (noted !== undefined) return noted;
  const newest = await database.erasures.newestId();
  await reporter.patch({ erasedThrough: newest });
  return newest;
}

async function preparedBefore(database: Database, run: TrainingRun): Promise<Prepared | undefined> {
  const snapshotSha256 = await database.trainingRuns.snapshotOf(run.id);
  return snapshotSha256 !== undefined && run.funnel !== null
    ? { snapshotSha256, funnel: run.funnel }
    : undefined;
}

async function succeed(
  reporter: RunReporter,
  manifest: Manifest,
  nowMs: number,
  timings?: Record<string, number>,
): Promise<void> {
  const done = { stage: 'publish', fraction: 1, message: `Published ${manifest.version}` } as const;
  reporter.progress(done);
  await reporter.flush();
  await reporter.patch({
    status: 'succeeded',
    progress: done,
    funnel: manifest.funnel,
    metrics: manifest.metrics,
    modelVersion: manifest.version,
    finishedAtMs: nowMs,
    error: null,
    ...(timings !== undefined && { timings }),
  });
}
