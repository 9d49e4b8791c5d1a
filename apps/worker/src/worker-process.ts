import { totalmem } from 'node:os';
import {
  connectRedis,
  createTrainingQueue,
  type Database,
  type Environment,
  type Logger,
  openArtifactStore,
  openDatabase,
  publishModelReady,
  within,
} from '@sommelier/platform';
import type { Redis } from 'ioredis';
import type { AttemptParts } from './attempt-run.ts';
import { closeAbandonedRun } from './close-abandoned-run.ts';
import { reconcileRuns } from './reconcile-runs.ts';
import { reportEngine } from './report-engine.ts';
import { runTrainingThread } from './thread-handle.ts';
import { createTrainingProcessor } from './training-processor.ts';
import { createTrainingWorker } from './training-worker.ts';
import { untilItWorks } from './until-it-works.ts';

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
 * one at a time over all workers. `signal` ends the waiting.
 */
export async function startWorker(
  environment: Environment,
  logger: Logger,
  signal: AbortSignal,
): Promise<WorkerProcess> {
  const waiting = { logger, signal };
  void reportEngine(environment, logger);
  const database = await untilItWorks(
    'opening the database',
    () => openDatabase({ url: environment.DATABASE_URL }),
    waiting,
  );
  const redis = connectRedis(environment.REDIS_URL, 'worker', logger);
  const queue = createTrainingQueue(environment.REDIS_URL, environment.REDIS_PREFIX, logger);
  const closeConnections = async (): Promise<void> => {
    await queue.close();
    redis.disconnect();
    await database.close();
  };
  try {
    const parts = await attemptParts(environment, { database, redis, logger });
    await untilItWorks('reaching the queue', () => queue.limitToOneAtATime(), waiting);
    const worker = createTrainingWorker({
      redis,
      prefix: environment.REDIS_PREFIX,
      lockMs: environment.JOB_LOCK_MS,
      processor: createTrainingProcessor(parts),
      logger,
      onAbandoned: (data, reason) => closeAbandonedRun({ database, data, reason, nowMs: Date.now() }),
    });
    worker.start();
    logger.info({ pid: process.pid }, 'waiting for training runs');
    await reconcileRuns({ database, queue, logger }).catch((error) =>
      logger.warn({ err: error }, 'runs could not be compared with the queue'),
    );
    return {
      async stop() {
        await worker.stop();
        await closeConnections();
      },
    };
  } catch (error) {
    await closeConnections();
    throw error;
  }
}

async function attemptParts(
  environment: Environment,
  open: { database: Database; redis: Redis; logger: Logger },
): Promise<AttemptParts> {
  const { database, redis, logger } = open;
  return {
    database,
    artifacts: await openArtifactStore(environment.ARTIFACT_DIR),
    logger,
    nowMs: Date.now,
    codeRevision: environment.CODE_REVISION,
    surroundings: {
      engine: environment.ENGINE,
      engineThreads: environment.ENGINE_THREADS,
      databaseUrl: environment.DATABASE_URL,
      artifactDir: environment.ARTIFACT_DIR,
      logLevel: environment.LOG_LEVEL,
    },
    heapMb: heapLimitMb(totalmem()),
    train: runTrainingThread,
    async announce(message) {
      const published = publishModelReady(redis, environment.REDIS_PREFIX, message);
      // The replicas' poll finds the model too, so a Redis that is away must not fail a run that has published.
      await within(published, ANNOUNCE_TIMEOUT_MS, () => new Error('no answer in time')).catch((error) =>
        logger.warn(
          { err: error },
          'model-ready could not be published; replicas find the model by themselves',
        ),
      );
    },
  };
}

/** Most memory for the JavaScript objects of a training: most of the machine, within reason. */
function heapLimitMb(machineBytes: number): number {
  const share = Math.floor((machineBytes / 1_048_576) * HEAP_SHARE);
  return Math.min(MAX_HEAP_MB, Math.max(MIN_HEAP_MB, share));
}
