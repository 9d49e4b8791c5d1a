import {
  DEFAULT_PRIORITY,
  type ModelReady,
  type QueueState,
  RUN_CANCELLED_CHANNEL,
  SommelierError,
  TRAINING_QUEUE,
  type TrainingJob,
} from '@sommelier/contracts';
import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { connectRedis } from '../redis/connection.ts';
import { publishModelReady } from './model-ready.ts';
import { MAX_JOB_LOG_LINES, TRAINING_ATTEMPTS, TRAINING_BACKOFF_MS, trainingJobId } from './training-job.ts';
import { within } from './within.ts';

/** How long a caller waits for Redis at most, before it is told that the queue is away. */
const COMMAND_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** How long after its job's end a run's row may take to say so. */
const LAST_WORD_MS = 60_000;
/** BullMQ scores a delayed job by the time when it is due (Unix ms), times this. */
const SCORES_A_MS = 0x1000;
const LONGEST_BACKOFF_MS = TRAINING_BACKOFF_MS * 2 ** TRAINING_ATTEMPTS;
const DAY_SECONDS = 86_400;
const KEEP_COMPLETED = { age: 30 * DAY_SECONDS, count: 500 };
const KEEP_FAILED = { age: 90 * DAY_SECONDS, count: 500 };

/** The sending side of the queue of training runs. Created and kept while Redis is away; commands then fail at once. */
export interface TrainingQueue {
  /**
   * Puts a run into the queue, before the runs of a larger `priority`; one that is there already stays as it is.
   * @throws SommelierError `queue-unavailable`
   */
  enqueue(runId: string, priority?: number): Promise<void>;
  /**
   * As `enqueue`, and also puts a run back whose job has ended, for a row that says that it has not.
   * @throws SommelierError `queue-unavailable`
   */
  restore(runId: string, priority: number): Promise<void>;
  /**
   * Moves a run that waits to where its priority belongs.
   * @throws SommelierError `queue-unavailable`
   */
  setPriority(runId: string, priority: number): Promise<void>;
  /**
   * Removes a run's job, unless a worker holds it. True when there is none any more.
   * @throws SommelierError `queue-unavailable`
   */
  forget(runId: string): Promise<boolean>;
  /**
   * Tells the worker that may have it that a run was cancelled: a hint, its row says it too.
   * @throws SommelierError `queue-unavailable`
   */
  announceCancelled(runId: string): Promise<void>;
  /**
   * Tells all replicas that another model is active: a hint, the row says it too.
   * @throws SommelierError `queue-unavailable`
   */
  announceModel(message: ModelReady): Promise<void>;
  /**
   * From now on workers take no further run, or do again; the one in work goes on.
   * @throws SommelierError `queue-unavailable`
   */
  setPaused(paused: boolean): Promise<void>;
  /** @throws SommelierError `queue-unavailable` */
  state(): Promise<QueueState>;
  /** @throws SommelierError `queue-unavailable` when Redis does not answer. */
  ping(): Promise<void>;
  /**
   * One training at a time over all workers, since each takes the whole machine; kept in Redis.
   * @throws SommelierError `queue-unavailable`
   */
  limitToOneAtATime(): Promise<void>;
  /** For the job board. Its commands wait while it has never seen Redis: call `ping` first. */
  readonly queue: Queue<TrainingJob>;
  /** Ends the connection, in bounded time also while Redis is away. */
  close(): Promise<void>;
}

/** Opens the queue of training runs; `prefix` begins every key, so that installations can share a Redis. */
export function createTrainingQueue(redisUrl: string, prefix: string, logger: Logger): TrainingQueue {
  const redis = connectRedis(redisUrl, 'producer', logger);
  const queue = new Queue<TrainingJob>(TRAINING_QUEUE, {
    connection: redis,
    prefix,
    // Asking for the version would make a connection that breaks in that moment unusable for ever.
    skipVersionCheck: true,
    defaultJobOptions: {
      attempts: TRAINING_ATTEMPTS,
      backoff: { type: 'exponential', delay: TRAINING_BACKOFF_MS },
      keepLogs: MAX_JOB_LOG_LINES,
      removeOnComplete: KEEP_COMPLETED,
      removeOnFail: KEEP_FAILED,
    },
  });
  // The connection logs that Redis is away; here only what is not about that.
  queue.on('error', (error) => logger.debug({ err: error }, 'the training queue reported an error'));

  /** A queue that never had a connection would wait for one, and the command would still run later. */
  const command = async <T>(run: () => Promise<T>): Promise<T> => {
    if (redis.status !== 'ready') throw unavailable('Redis cannot be reached.');
    try {
      return await within(run(), COMMAND_TIMEOUT_MS, () => new Error('no answer in time'));
    } catch (error) {
      throw unavailable(`Redis did not take the command: ${(error as Error).message}.`, error);
    }
  };
  return {
    queue,
    async enqueue(runId, priority = DEFAULT_PRIORITY) {
      const jobId = trainingJobId(runId);
      await command(() => queue.add('training-run', { runId }, { jobId, priority }));
    },
    async restore(runId, priority) {
      const jobId = trainingJobId(runId);
      await command(async () => {
        const job = await queue.getJob(jobId);
        const endedAtMs = job?.finishedOn;
        if (job !== undefined && endedAtMs === undefined) return promoteLate(redis, queue, job);
        // What has just ended is about to write its last word into the row; the clock may have been set back since.
        if (endedAtMs !== undefined && Math.abs(Date.now() - endedAtMs) < LAST_WORD_MS) return;
        await job?.remove();
        await queue.add('training-run', { runId }, { jobId, priority });
      });
    },
    async setPriority(runId, priority) {
      await command(async () => {
        const job = await queue.getJob(trainingJobId(runId));
        if (job !== undefined && job.priority !== priority) await job.changePriority({ priority });
      });
    },
    async forget(runId) {
      const jobId = trainingJobId(runId);
      return command(async () => {
        await queue.remove(jobId);
        return (await queue.getJob(jobId)) === undefined;
      });
    },
    async announceCancelled(runId) {
      await command(() => redis.publish(runCancelledChannel(prefix), runId));
    },
    async announceModel(message) {
      await command(() => publishModelReady(redis, prefix, message));
    },
    async setPaused(paused) {
      await command(() => (paused ? queue.pause() : queue.resume()));
    },
    async state() {
      return command(async () => {
        const [paused, counts] = await Promise.all([
          queue.isPaused(),
          queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed'),
        ]);
        const { waiting = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
        return { paused, waiting: waiting + prioritized, active, delayed };
      });
    },
    async ping() {
      await command(() => redis.ping());
    },
    async limitToOneAtATime() {
      await command(() => queue.setGlobalConcurrency(1));
    },
    async close() {
      // A shared connection is left open by the queue; one that is not ready would be waited for.
      if (redis.status !== 'ready') redis.disconnect();
      await within(queue.close(), CLOSE_TIMEOUT_MS, () => new Error('no answer in time')).catch((error) =>
        logger.debug({ err: error }, 'the training queue did not close in order'),
      );
      redis.disconnect();
    },
  };
}

/**
 * Takes a job out of a pause that is longer than any that the queue makes: the clock was set back, and the job would
 * wait until it is there again.
 */
async function promoteLate(redis: Redis, queue: Queue<TrainingJob>, job: Job<TrainingJob>): Promise<void> {
  const score = await redis.zscore(queue.toKey('delayed'), job.id!);
  if (score === null) return;
  if (Number(score) / SCORES_A_MS - Date.now() > LONGEST_BACKOFF_MS + LAST_WORD_MS) await job.promote();
}

/** Redis channel of an installation on which cancelled runs are named. */
export function runCancelledChannel(prefix: string): string {
  return `${prefix}:${RUN_CANCELLED_CHANNEL}`;
}

function unavailable(detail: string, cause?: unknown): SommelierError {
  const message = `The training queue cannot be used: ${detail} Check REDIS_URL and that the Redis server runs.`;
  return new SommelierError('queue-unavailable', message, { cause });
}
