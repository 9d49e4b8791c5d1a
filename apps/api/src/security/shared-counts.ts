import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { SharedCounts } from './rate-limits.ts';

const WINDOW_SECONDS = 60;

/** Counts of requests in Redis, under `<prefix>:limits:`; a count is gone a minute after its first request. */
export function redisCounts(redis: Redis, prefix: string): SharedCounts {
  const counter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${prefix}:limits`,
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
    rejectIfRedisNotReady: true,
  });
  return {
    async add(name, requests) {
      const { consumedPoints, msBeforeNext } = await counter.penalty(name, requests);
      return { total: consumedPoints, msLeft: msBeforeNext };
    },
  };
}
