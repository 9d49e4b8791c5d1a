import { SCHEDULE_QUEUE, type Schedule, type ScheduleJob, SommelierError } from '@sommelier/contracts';
import { Queue } from 'bullmq';
import type { Logger } from '../logger.ts';
import { connectRedis } from '../redis/connection.ts';
import { within } from './within.ts';

const COMMAND_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
const KEEP_ENDED = { count: 100 };

/** The queue in which schedules tick. Its schedulers are made from the rows of `Schedule`, which are the truth. */
export interface ScheduleQueue {
  /** What ticks now. @throws SommelierError `queue-unavailable` */
  scheduled(): Promise<{ name: string; cron: string | undefined; timeZone: string | undefined }[]>;
  /** Lets a schedule tick, in place of the one with its name. @throws SommelierError `queue-unavailable` */
  upsert(schedule: Pick<Schedule, 'name' | 'cron' | 'timeZone'>): Promise<void>;
  /** @throws SommelierError `queue-unavailable` */
  remove(name: string): Promise<void>;
  /** The start of a run after a tick's jitter; the same tick is taken once. @throws SommelierError `queue-unavailable` */
  startLater(name: string, tickMs: number, delayMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the queue of schedules; created and kept while Redis is away, commands then fail at once. */
export function createScheduleQueue(redisUrl: string, prefix: string, logger: Logger): ScheduleQueue {
  const redis = connectRedis(redisUrl, 'producer', logger);
  const queue = new Queue<ScheduleJob>(SCHEDULE_QUEUE, { connection: redis, prefix, skipVersionCheck: true });
  queue.on('error', (error) => logger.debug({ err: error }, 'the schedule queue reported an error'));
  const opts = { removeOnComplete: KEEP_ENDED, removeOnFail: KEEP_ENDED };

  const command = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      if (redis.status !== 'ready') throw new Error('Redis cannot be reached');
      return await within(run(), COMMAND_TIMEOUT_MS, () => new Error('no answer in time'));
    } catch (error) {
      const message = `Schedules cannot be told to the queue: ${(error as Error).message}. Check REDIS_URL.`;
      throw new SommelierError('queue-unavailable', message, { cause: error });
    }
  };
  return {
    async scheduled() {
      const schedulers = await command(() => queue.getJobSchedulers());
      return schedulers.map(({ key, pattern, tz }) => ({ name: key, cron: pattern, timeZone: tz }));
    },
    async upsert({ name, cron, timeZone }) {
      const template = { name: 'tick', data: { schedule: name }, opts };
      await command(() => queue.upsertJobScheduler(name, { pattern: cron, tz: timeZone }, template));
    },
    async remove(name) {
      await command(() => queue.removeJobScheduler(name));
    },
    async startLater(name, tickMs, delayMs) {
      const jobId = `start-${name}-${tickMs}`;
      const options = { ...opts, jobId, delay: delayMs };
      await command(() => queue.add('start', { schedule: name, due: true }, options));
    },
    async close() {
      if (redis.status !== 'ready') redis.disconnect();
      await within(queue.close(), CLOSE_TIMEOUT_MS, () => new Error('no answer in time')).catch((error) =>
        logger.debug({ err: error }, 'the schedule queue did not close in order'),
      );
      redis.disconnect();
    },
  };
}
