import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { TRAINING_QUEUE } from '@sommelier/contracts';
import { connectRedis, createLogger, createTrainingQueue } from '@sommelier/platform';
import { queueLeftovers } from '../../benchmarks/chaos/leftovers.ts';
import { eventually } from '../support/processes.ts';
import { undoneAfterEach } from '../support/undo.ts';

const undo = undoneAfterEach(30_000);

it('finds the job of a run that has not ended and the lock of a worker, by the names that BullMQ gives them', async () => {
  const url = process.env.TEST_REDIS_URL ?? '';
  const prefix = `leftovers-${randomUUID()}`;
  const logger = createLogger('test', 'silent');
  const queue = createTrainingQueue(url, prefix, logger);
  undo.push(() => queue.close());
  const redis = connectRedis(url, 'producer', logger);
  undo.push(async () => redis.disconnect());
  await eventually('the queue', () => queue.ping().then(() => true));
  expect(await queueLeftovers(redis, prefix)).toEqual([]);

  await queue.enqueue('run-1', 5);
  const job = (await queue.queue.getJobs(['prioritized', 'wait']))[0];
  expect(await queueLeftovers(redis, prefix)).toEqual([expect.stringMatching(`^${job?.id} is in `)]);

  const lock = `${prefix}:${TRAINING_QUEUE}:${job?.id}:lock`;
  await redis.set(lock, 'a-worker');
  expect(await queueLeftovers(redis, prefix)).toContain(lock);

  await queue.queue.obliterate({ force: true });
  await redis.del(lock);
  expect(await queueLeftovers(redis, prefix)).toEqual([]);
});
