import { gaugeOf, gaugesOf, type ReadingTerms, recentReading } from '@sommelier/platform';
import type { Registry } from 'prom-client';
import type { ApiParts } from '../api-parts.ts';

/** What is asked of the database and of Redis is shared by scrapes this close together, and waited for this long. */
const TERMS: ReadingTerms = { maxAgeMs: 3_000, timeoutMs: 1_000 };

type Dependencies = Pick<ApiParts, 'database' | 'queue'>;

/**
 * What the database and Redis say at a scrape: the same on every replica, as far as each can reach them. What does not
 * answer in a second is missing from the scrape; `sommelier_database_up` and `sommelier_redis_up` say so.
 */
export function watchSystem(registry: Registry, dependencies: Dependencies): void {
  watchDatabase(registry, dependencies);
  watchQueue(registry, dependencies);
}

function watchDatabase(registry: Registry, { database }: Dependencies): void {
  const answers = recentReading(async () => database.ping().then(() => 1), TERMS);
  gaugeOf(registry, {
    name: 'sommelier_database_up',
    help: '1 when the database answers this process.',
    read: async () => (await answers()) ?? 0,
  });
  gaugeOf(registry, {
    name: 'sommelier_active_generation',
    help: 'Generation that every replica should serve; 0 before the first model.',
    read: recentReading(async () => (await database.models.active())?.generation ?? 0, TERMS),
  });
  const oldest = recentReading(
    async () => ({ createdAtMs: await database.trainingRuns.oldestQueuedAtMs() }),
    TERMS,
  );
  gaugeOf(registry, {
    name: 'sommelier_queue_oldest_waiting_seconds',
    help: 'How long the oldest run that no worker has begun has waited; 0 when none waits.',
    read: async () => {
      const found = await oldest();
      if (found === undefined) return undefined;
      return found.createdAtMs === undefined ? 0 : Math.max(0, Date.now() - found.createdAtMs) / 1_000;
    },
  });
}

function watchQueue(registry: Registry, { queue }: Dependencies): void {
  const answers = recentReading(async () => queue.ping().then(() => 1), TERMS);
  const state = recentReading(() => queue.state(), TERMS);
  gaugeOf(registry, {
    name: 'sommelier_redis_up',
    help: '1 when Redis answers this process.',
    read: async () => (await answers()) ?? 0,
  });
  gaugesOf(registry, {
    name: 'sommelier_queue_runs',
    help: 'Training runs in the queue: waiting to be taken, active in a worker, delayed until their next attempt.',
    label: 'state',
    read: async () => {
      const found = await state();
      return found && { waiting: found.waiting, active: found.active, delayed: found.delayed };
    },
  });
  gaugeOf(registry, {
    name: 'sommelier_queue_paused',
    help: '1 when workers take no further run.',
    read: async () => {
      const found = await state();
      return found && Number(found.paused);
    },
  });
}
