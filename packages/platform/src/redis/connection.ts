import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../logger.ts';

const MAX_RETRY_DELAY_MS = 2_000;

/**
 * How a connection behaves when Redis is away.
 * - `producer`: commands fail at once, so that a request is answered instead of hanging;
 * - `worker`: commands wait for the reconnect, as BullMQ's Worker demands;
 * - `subscriber`: resubscribes by itself after each reconnect.
 */
export type RedisRole = 'producer' | 'worker' | 'subscriber';

const OPTIONS: Record<RedisRole, RedisOptions> = {
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
  },
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: true },
};

/** A Redis connection that keeps reconnecting and logs, once a state, that Redis is away or back. */
export function connectRedis(url: string, role: RedisRole, logger: Logger): Redis {
  const redis = new Redis(url, {
    ...OPTIONS[role],
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RETRY_DELAY_MS),
  });
  let away = false;
  redis.on('error', (error: Error) => {
    if (away) return;
    away = true;
    logger.warn({ role, error: error.message }, 'Redis cannot be reached; trying again until it can');
  });
  redis.on('ready', () => {
    if (away) logger.info({ role }, 'Redis is back');
    away = false;
  });
  return redis;
}
