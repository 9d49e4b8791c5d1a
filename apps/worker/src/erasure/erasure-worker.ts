import { setTimeout as sleep } from 'node:timers/promises';
import { ERASURE_QUEUE, erasureJobSchema } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import { UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { carryOutErasures, type ErasureParts, removeLeftFiles } from './carry-out-erasures.ts';
import { erasureWork } from './erasure-work.ts';

/** Between two looks while something is waited for. */
const LOOK_EVERY_MS = 500;
/** A job that waits for longer ends; the next look is that of the reconciliation. */
const LONGEST_JOB_MS = 60_000;
const MAX_STALLED = 10;

/** Takes the jobs of the erasure queue: each looks until there is nothing left to erase, or for a minute. */
export function createErasureWorker(
  parts: Omit<ErasureParts, 'work' | 'clean' | 'stuck'> & {
    readonly redis: Redis;
    readonly prefix: string;
    readonly lockMs: number;
    readonly logger: Logger;
  },
): { close(): Promise<void> } {
  const { redis, prefix, lockMs, logger } = parts;
  const stopping = new AbortController();
  const work = erasureWork(stopping.signal);
  const erasing = { ...parts, work, clean: new Map<string, number>(), stuck: new Set<string>() };
  const worker = new Worker(
    ERASURE_QUEUE,
    async (job) => handleErasureJob(erasing, job.data, stopping.signal),
    {
      connection: redis,
      prefix,
      concurrency: 1,
      lockDuration: lockMs,
      stalledInterval: Math.ceil(lockMs / 2),
      maxStalledCount: MAX_STALLED,
    },
  );
  worker.on('error', (error) => logger.debug({ err: error }, 'the erasure worker reported an error'));
  worker.on('failed', (_job, error) => {
    if (!stopping.signal.aborted)
      logger.warn({ reason: error.message }, 'an erasure job failed; it is tried again');
  });
  return {
    async close() {
      stopping.abort(new Error('the worker stops'));
      await worker.close();
    },
  };
}

/**
 * What a job does: all that can be done about the erasures that are not finished, again and again while they wait.
 * @throws UnrecoverableError for a job that is not one
 */
export async function handleErasureJob(
  parts: ErasureParts,
  data: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (!erasureJobSchema.safeParse(data).success)
    throw new UnrecoverableError('The job carries what no erasure does.');
  await removeLeftFiles(parts);
  const endMs = performance.now() + LONGEST_JOB_MS;
  while (!signal.aborted && !(await carryOutErasures(parts)) && performance.now() < endMs) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
