import { totalmem } from 'node:os';
import type { Config, ModelReady } from '@sommelier/contracts';
import {
  connectRedis,
  createErasureQueue,
  createScheduleQueue,
  createTrainingQueue,
  type Database,
  type Environment,
  type ErasureQueue,
  type Logger,
  openArtifactStore,
  openDatabase,
  openTracing,
  publishModelReady,
  type ScheduleQueue,
  subscribeRunCancelled,
  type Tracing,
  type TrainingQueue,
  within,
} from '@sommelier/platform';
import type { Redis } from 'ioredis';
import { erasureWork } from './erasure/erasure-work.ts';
import { createErasureWorker } from './erasure/erasure-worker.ts';
import { keyCheck } from './observation/key-check.ts';
import { type ObservationServer, serveObservation } from './observation/observation-server.ts';
import { observeAll } from './observation/run-observer.ts';
import { runTraces } from './observation/run-traces.ts';
import { createWorkerMetrics, type WorkerMetrics, watchConnections } from './observation/worker-metrics.ts';
import { applyRetention } from './retention.ts';
import type { AttemptParts } from './runs/attempt-run.ts';
import { closeAbandonedRun } from './runs/close-abandoned-run.ts';
import { forgetCancelledJob } from './runs/forget-cancelled-job.ts';
import { keepReconciled } from './runs/reconcile-runs.ts';
import { createRunWatch } from './runs/run-watch.ts';
import { createTrainingProcessor } from './runs/training-processor.ts';
import { createTrainingWorker } from './runs/training-worker.ts';
import { untilItWorks } from './runs/until-it-works.ts';
import { createScheduleWorker } from './schedules/schedule-worker.ts';
import { reportEngine } from './thread/report-engine.ts';
import { runTrainingThread } from './thread/thread-handle.ts';

const ANNOUNCE_TIMEOUT_MS = 2_000;
const MIN_HEAP_MB = 2_048;
const MAX_HEAP_MB = 16_384;
const HEAP_SHARE = 0.75;

export interface WorkerProcess {
  /** Gives the job in work back and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts a worker: waits for the database and for Redis as long as it takes, then takes training runs from the queue,
 * one at a time over all workers, and the ticks of schedules. `signal` ends the waiting.
 */
export async function startWorker(
  environment: Environment,
  config: Config,
  logger: Logger,
  signal: AbortSignal,
): Promise<WorkerProcess> {
  const waiting = { logger, signal };
  void reportEngine(environment, logger);
  const metrics = createWorkerMetrics(environment.CODE_REVISION);
  const tracing = await openTracing('sommelier-worker', environment, logger);
  let open: Connections | undefined;
  const observation = await observed(environment, metrics, () => open, logger);
  const close = async (): Promise<void> => {
    await Promise.all([observation?.close(), tracing.close(), open?.close()]);
  };
  try {
    const database = await untilItWorks(
      'opening the database',
      () => openDatabase({ url: environment.DATABASE_URL }),
      waiting,
    );
    const connections = openConnections(environment, database, logger);
    open = connections;
    const parts = await attemptParts(environment, config, { ...connections, metrics, tracing });
    await untilItWorks('reaching the queue', () => connections.queue.limitToOneAtATime(), waiting);
    const stopWork = startWork(environment, config, { ...connections, parts, metrics });
    return {
      async stop() {
        await stopWork();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Serves what a worker counts, if it is asked to: from the beginning, also while it waits for the database. */
async function observed(
  environment: Environment,
  { registry }: WorkerMetrics,
  open: () => Connections | undefined,
  logger: Logger,
): Promise<ObservationServer | undefined> {
  const { WORKER_METRICS_HOST: host, WORKER_METRICS_PORT: port, API_KEY } = environment;
  if (port === undefined) return undefined;
  watchConnections(registry, open);
  const mayRead = keyCheck(API_KEY, async () => (await open()?.database.apiKeys.list()) ?? []);
  return serveObservation({ host, port, registry, mayRead, logger });
}

/** What a worker is connected to. */
interface Connections {
  readonly database: Database;
  readonly redis: Redis;
  readonly queue: TrainingQueue;
  readonly scheduleQueue: ScheduleQueue;
  readonly erasureQueue: ErasureQueue;
  readonly logger: Logger;
  close(): Promise<void>;
}

function openConnections(environment: Environment, database: Database, logger: Logger): Connections {
  const { REDIS_URL, REDIS_PREFIX } = environment;
  const redis = connectRedis(REDIS_URL, 'worker', logger);
  const queue = createTrainingQueue(REDIS_URL, REDIS_PREFIX, logger);
  const scheduleQueue = createScheduleQueue(REDIS_URL, REDIS_PREFIX, logger);
  const erasureQueue = createErasureQueue(REDIS_URL, REDIS_PREFIX, logger);
  return {
    database,
    redis,
    queue,
    scheduleQueue,
    erasureQueue,
    logger,
    async close() {
      await Promise.all([queue.close(), scheduleQueue.close(), erasureQueue.close()]);
      redis.disconnect();
      await database.close();
    },
  };
}

/** Begins to take jobs; returns what gives the one in work back and stops taking any. */
function startWork(
  environment: Environment,
  config: Config,
  open: Connections & { parts: AttemptParts; metrics: WorkerMetrics },
): () => Promise<void> {
  const { database, redis, queue, scheduleQueue, logger, parts, metrics } = open;
  const prefix = environment.REDIS_PREFIX;
  const worker = createTrainingWorker({
    redis,
    prefix,
    lockMs: environment.JOB_LOCK_MS,
    processor: createTrainingProcessor(parts),
    logger,
    observer: metrics.jobs,
    // Its checkpoints go with the next reconciliation.
    onAbandoned: (data, reason) => closeAbandonedRun({ database, data, reason, nowMs: Date.now() }),
    onEnded: (data) => forgetCancelledJob({ database, queue }, data),
  });
  const subscription = subscribeRunCancelled({
    redisUrl: environment.REDIS_URL,
    prefix,
    logger,
    onHint: (runId) => parts.watch.hint(runId),
  });
  const ticking = { database, queue, scheduleQueue, config, logger, nowMs: Date.now, random: Math.random };
  const scheduleWorker = createScheduleWorker({ ...ticking, redis, prefix });
  const { artifacts, announce } = parts;
  const { artifactDir } = parts.surroundings;
  const erasureWorker = createErasureWorker({
    ...{ database, artifacts, artifactDir, announce },
    ...{ redis, prefix, lockMs: environment.JOB_LOCK_MS, logger, nowMs: Date.now },
  });
  const stopping = new AbortController();
  worker.start();
  logger.info({ pid: process.pid }, 'waiting for training runs');
  const reconciling = keepReconciled({ ...open, artifacts, artifactDir }, stopping.signal);
  return async () => {
    stopping.abort();
    await Promise.all([worker.stop(), scheduleWorker.close(), erasureWorker.close(), reconciling]);
    subscription.close();
  };
}

async function attemptParts(
  environment: Environment,
  config: Config,
  open: Connections & { metrics: WorkerMetrics; tracing: Tracing },
): Promise<AttemptParts> {
  const { database, redis, logger, metrics, tracing } = open;
  const artifactDir = environment.ARTIFACT_DIR;
  const artifacts = openArtifactStore(artifactDir);
  const { keep } = config.models;
  const retention = { database, artifacts, artifactDir, keep, logger, nowMs: Date.now };
  return {
    database,
    artifacts,
    logger,
    nowMs: Date.now,
    cpuSeconds,
    codeRevision: environment.CODE_REVISION,
    surroundings: {
      engine: environment.ENGINE,
      engineThreads: environment.ENGINE_THREADS,
      databaseUrl: environment.DATABASE_URL,
      artifactDir,
      logLevel: environment.LOG_LEVEL,
      checkpointMs: 1_000 * config.runs.checkpointSeconds,
    },
    heapMb: heapLimitMb(totalmem()),
    maxMinutes: config.runs.maxMinutes,
    watch: createRunWatch({ trainingRuns: database.trainingRuns, logger }),
    observer: observeAll([metrics.runs, ...(tracing.isOn ? [runTraces(tracing)] : [])]),
    async traceparentOf(runId) {
      return tracing.isOn ? database.trainingRuns.traceparentOf(runId).catch(() => undefined) : undefined;
    },
    train: runTrainingThread,
    erasureWork,
    async retain() {
      try {
        metrics.jobs.deleted((await applyRetention(retention)).length);
      } catch (error) {
        logger.warn({ err: error }, 'old models could not be deleted; the next publication tries again');
      }
    },
    announce: (message) => announce(redis, environment.REDIS_PREFIX, logger, message),
  };
}

/** The replicas' poll finds the model too, so a Redis that is away must not fail a run that has published. */
async function announce(redis: Redis, prefix: string, logger: Logger, message: ModelReady): Promise<void> {
  const published = publishModelReady(redis, prefix, message);
  await within(published, ANNOUNCE_TIMEOUT_MS, () => new Error('no answer in time')).catch((error) =>
    logger.warn({ err: error }, 'model-ready could not be published; replicas find the model by themselves'),
  );
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Most memory for the JavaScript objects of a training: most of the machine, within reason. */
function heapLimitMb(machineBytes: number): number {
  const share = Math.floor((machineBytes / 1_048_576) * HEAP_SHARE);
  return Math.min(MAX_HEAP_MB, Math.max(MIN_HEAP_MB, share));
}
