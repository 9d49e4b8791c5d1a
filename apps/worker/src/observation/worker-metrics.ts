import {
  createMetricsRegistry,
  type Database,
  gaugeOf,
  type ReadingTerms,
  recentReading,
  type TrainingQueue,
} from '@sommelier/platform';
import { Counter, type Registry } from 'prom-client';
import { runMetrics } from './run-metrics.ts';
import type { RunObserver } from './run-observer.ts';

/** Longest that a scrape waits for the database or Redis, and for how long their answer counts. */
const TERMS: ReadingTerms = { maxAgeMs: 3_000, timeoutMs: 1_000 };

/** What a worker counts, for whoever scrapes it. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly runs: RunObserver;
  readonly jobs: JobObserver;
}

/** Hears what the queue's worker says beside its jobs. */
export interface JobObserver {
  /** A worker, this or another one, vanished in the middle of a job. */
  stalled(): void;
  /** Locks of jobs in work could not be renewed. */
  locksLost(jobs: number): void;
  /** A run was given up because workers died on it again and again. */
  abandoned(): void;
  /** Retention deleted the files of so many versions. */
  deleted(versions: number): void;
}

/** @param revision commit of the running code */
export function createWorkerMetrics(revision: string): WorkerMetrics {
  const registry = createMetricsRegistry(revision);
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const stalled = counter(
    'sommelier_jobs_stalled_total',
    'Jobs that this worker found abandoned, their worker having vanished.',
  );
  const lost = counter(
    'sommelier_job_locks_lost_total',
    'Jobs that this worker gave up because it could not renew their lock.',
  );
  const abandoned = counter(
    'sommelier_training_runs_abandoned_total',
    'Runs that were failed because workers died on them again and again.',
  );
  const deleted = counter(
    'sommelier_retention_deleted_versions_total',
    'Model versions whose files retention deleted.',
  );
  return {
    registry,
    runs: runMetrics(registry),
    jobs: {
      stalled: () => stalled.inc(),
      locksLost: (jobs) => lost.inc(jobs),
      abandoned: () => abandoned.inc(),
      deleted: (versions) => deleted.inc(versions),
    },
  };
}

interface Watched {
  readonly database: Pick<Database, 'ping'>;
  readonly queue: Pick<TrainingQueue, 'ping'>;
}

/**
 * Adds whether the database and Redis answer, which is asked at a scrape.
 * @param open the connections; undefined until there are any
 */
export function watchConnections(registry: Registry, open: () => Watched | undefined): void {
  const watch = (name: string, what: string, ping: (connections: Watched) => Promise<void>): void => {
    const answers = recentReading(async () => {
      const connections = open();
      if (connections === undefined) return 0;
      await ping(connections);
      return 1;
    }, TERMS);
    gaugeOf(registry, {
      name,
      help: `1 when ${what} answers this process.`,
      read: async () => (await answers()) ?? 0,
    });
  };
  watch('sommelier_database_up', 'the database', ({ database }) => database.ping());
  watch('sommelier_redis_up', 'Redis', ({ queue }) => queue.ping());
}
