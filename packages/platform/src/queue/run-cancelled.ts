import type { Logger } from '../logger.ts';
import { connectRedis } from '../redis/connection.ts';
import { runCancelledChannel } from './training-queue.ts';

const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Calls `onHint` with the id of each run that somebody says is cancelled; its row has to be asked. */
export function subscribeRunCancelled(subscription: {
  redisUrl: string;
  prefix: string;
  logger: Logger;
  onHint: (runId: string) => void;
}): { close(): void } {
  const { redisUrl, prefix, logger, onHint } = subscription;
  const redis = connectRedis(redisUrl, 'subscriber', logger);
  redis.on('message', (_channel: string, runId: string) => {
    if (RUN_ID.test(runId)) onHint(runId);
  });
  // By hand on every connection; the subscription that ioredis renews by itself is then the same one again.
  redis.on('ready', () => {
    redis
      .subscribe(runCancelledChannel(prefix))
      .catch((error: Error) => logger.warn({ error: error.message }, 'subscribing to cancelled runs failed'));
  });
  return { close: () => redis.disconnect() };
}
