import { TRAINING_QUEUE } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import { type Job, type Processor, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobObserver } from '../observation/worker-metrics.ts';
import { LOST_LOCK, SHUTDOWN } from './training-processor.ts';

/** Workers that may die on one job before it is given up; independent of attempts. */
const MAX_STALLED = 10;
/** Minutes of finished and failed jobs that Redis counts, for the metrics of the queue. */
const METRICS_MINUTES = 14 * 24 * 60;

export interface TrainingWorker {
  start(): void;
  /** Takes no more jobs, gives the one in work back to the queue, and resolves when that is done. */
  stop(): Promise<void>;
}

/** A BullMQ worker for training runs that gives up a job as soon as it cannot be sure to own it. */
export function createTrainingWorker(parts: {
  redis: Redis;
  prefix: string;
  lockMs: number;
  processor: Processor;
  logger: Logger;
  observer: JobObserver;
  onAbandoned: (data: unknown, reason: string) => Promise<void>;
  /** A job has ended, well or not. */
  onEnded: (data: unknown) => Promise<void>;
}): TrainingWorker {
  const { redis, prefix, lockMs, processor, logger, observer, onAbandoned, onEnded } = parts;
  const ended = (job: Job | undefined): void => {
    onEnded(job?.data).catch((error) =>
      logger.debug({ err: error, jobId: job?.id }, 'a job that has ended could not be looked after'),
    );
  };
  const worker = new Worker(TRAINING_QUEUE, processor, {
    connection: redis,
    prefix,
    autorun: false,
    concurrency: 1,
    lockDuration: lockMs,
    stalledInterval: Math.ceil(lockMs / 2),
    maxStalledCount: MAX_STALLED,
    metrics: { maxDataPoints: METRICS_MINUTES },
  });
  // The connection says once that Redis is away; the worker would say so with every command.
  worker.on('error', (error) => logger.debug({ err: error }, 'the worker reported an error'));
  worker.on('active', (job) => logger.info({ jobId: job.id, runId: job.data?.runId }, 'took a job'));
  worker.on('completed', (job) => {
    logger.info({ jobId: job.id, runId: job.data?.runId }, 'finished a job');
    ended(job);
  });
  worker.on('stalled', (jobId) => {
    observer.stalled();
    logger.warn({ jobId }, 'a worker vanished; its job is back in the queue');
  });
  worker.on('lockRenewalFailed', (jobIds) => {
    observer.locksLost(jobIds.length);
    logger.warn({ jobIds }, 'the lock could not be renewed; giving the job up');
    for (const jobId of jobIds) worker.cancelJob(jobId, LOST_LOCK);
  });
  worker.on('failed', (job, error) => {
    logger.warn({ jobId: job?.id, runId: job?.data?.runId, reason: error.message }, 'a job failed');
    if (job?.deferredFailure === undefined) return ended(job);
    observer.abandoned();
    onAbandoned(job.data, error.message).catch((cause) =>
      logger.error({ err: cause, jobId: job.id }, 'a run that was given up could not be marked as failed'),
    );
  });
  return {
    start() {
      worker.run().catch((error) => logger.error({ err: error }, 'the worker does not run any more'));
    },
    async stop() {
      // Without this the worker would take the job again that it has just given back.
      await worker.pause(true);
      worker.cancelAllJobs(SHUTDOWN);
      await worker.close();
    },
  };
}
