import { SommelierError, TRAINING_QUEUE, type TrainingJob } from '@sommelier/contracts';
import { Queue } from 'bullmq';
import type { Logger } from '../logger.ts';
import { connectRedis } from '../redis/connection.ts';
import { MAX_JOB_LOG_LINES, TRAINING_ATTEMPTS, TRAINING_BACKOFF_MS, trainingJobId } from './training-job.ts';
import { within } from './within.ts';

/** How long a caller waits for Redis at most, before it is told that the queue is away. */
const COMMAND_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
const DAY_SECONDS = 86_400;
const KEEP_COMPLETED = { age: 30 * DAY_SECONDS, count: 500 };
const KEEP_FAILED = { age: 90 * DAY_SECONDS, count: 500 };

/** The sending side of the queue of training runs. Created and kept while Redis is away; commands then fail at once. */
export interface TrainingQueue {
  /**
   * Puts a run into the queue; one that is there already stays as it is.
   * @throws SommelierError `queue-unavailable`
   */
  enqueue(runId: string): Promise<void>;
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
    async enqueue(runId) {
      const jobId = trainingJobId(runId);
      await command(() => queue.add('training-run', { runId }, { jobId }));
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

function unavailable(detail: string, cause?: unknown): SommelierError {
  const message = `The training queue cannot be used: ${detail} Check REDIS_URL and that the Redis server runs.`;
  return new SommelierError('queue-unavailable', message, { cause });
}
