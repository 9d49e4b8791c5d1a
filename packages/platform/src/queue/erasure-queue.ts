import { ERASURE_QUEUE, SommelierError } from '@sommelier/contracts';
import { Queue } from 'bullmq';
import type { Logger } from '../logger.ts';
import { connectRedis } from '../redis/connection.ts';
import { within } from './within.ts';

const COMMAND_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** One job at a time: it looks for erasures until there is nothing left to do. */
const JOB_ID = 'erase';

/** The sending side of the queue of erasures. Created and kept while Redis is away; commands then fail at once. */
export interface ErasureQueue {
  /**
   * Has a worker carry out the erasures whose rows say that they are unfinished.
   * @throws SommelierError `queue-unavailable`; then the workers find the rows by themselves
   */
  wake(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the queue of erasures; `prefix` begins every key. */
export function createErasureQueue(redisUrl: string, prefix: string, logger: Logger): ErasureQueue {
  const redis = connectRedis(redisUrl, 'producer', logger);
  const queue = new Queue(ERASURE_QUEUE, { connection: redis, prefix, skipVersionCheck: true });
  queue.on('error', (error) => logger.debug({ err: error }, 'the erasure queue reported an error'));
  return {
    async wake() {
      try {
        if (redis.status !== 'ready') throw new Error('Redis cannot be reached');
        // Gone when it has ended, however it has, so that the next one can have its name.
        const options = { jobId: JOB_ID, removeOnComplete: true, removeOnFail: true };
        const added = queue.add('erase', {}, options);
        await within(added, COMMAND_TIMEOUT_MS, () => new Error('no answer in time'));
      } catch (error) {
        const message = `Workers cannot be told of an erasure: ${(error as Error).message}. Check REDIS_URL.`;
        throw new SommelierError('queue-unavailable', message, { cause: error });
      }
    },
    async close() {
      if (redis.status !== 'ready') redis.disconnect();
      await within(queue.close(), CLOSE_TIMEOUT_MS, () => new Error('no answer in time')).catch((error) =>
        logger.debug({ err: error }, 'the erasure queue did not close in order'),
      );
      redis.disconnect();
    },
  };
}
