import {
  type Config,
  describeDetails,
  ERRORS,
  isSommelierError,
  type Problem,
  resolveRunConfig,
  SCHEDULE_QUEUE,
  type Schedule,
  SommelierError,
  scheduleJobSchema,
  zodDetails,
} from '@sommelier/contracts';
import {
  type Database,
  type Logger,
  type ScheduleQueue,
  submitTrainingRun,
  type TrainingQueue,
} from '@sommelier/platform';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';

export interface ScheduleParts {
  readonly database: Pick<Database, 'schedules' | 'trainingRuns'>;
  readonly queue: Pick<TrainingQueue, 'enqueue' | 'setPriority'>;
  readonly scheduleQueue: Pick<ScheduleQueue, 'startLater' | 'remove'>;
  readonly config: Config;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** Takes the ticks of the schedules; several workers share them, and each tick is taken by one. */
export function createScheduleWorker(parts: ScheduleParts & { redis: Redis; prefix: string }): {
  close(): Promise<void>;
} {
  const { redis, prefix, logger } = parts;
  const worker = new Worker(
    SCHEDULE_QUEUE,
    async (job) => handleTick(parts, job.data, job.opts.prevMillis ?? job.timestamp),
    { connection: redis, prefix, maxStalledCount: 10 },
  );
  worker.on('error', (error) => logger.debug({ err: error }, 'the schedule worker reported an error'));
  worker.on('failed', (job, error) =>
    logger.warn({ jobId: job?.id, reason: error.message }, 'a tick failed'),
  );
  return { close: () => worker.close() };
}

/**
 * What a tick does: it starts a run, after the schedule's jitter, or joins an equal one that waits. A schedule whose
 * row is gone or disabled does nothing. What goes wrong is written into the row; the next tick tries again.
 */
export async function handleTick(parts: ScheduleParts, data: unknown, tickMs: number): Promise<void> {
  const job = scheduleJobSchema.parse(data);
  const { database, scheduleQueue, random } = parts;
  const schedule = await database.schedules.get(job.schedule);
  if (schedule === undefined || !schedule.enabled) return scheduleQueue.remove(job.schedule);
  const jitterMs = Math.floor(random() * schedule.jitterSeconds * 1_000);
  if (job.due !== true && jitterMs > 0) return scheduleQueue.startLater(schedule.name, tickMs, jitterMs);
  await startRun(parts, schedule);
}

async function startRun(parts: ScheduleParts, schedule: Schedule): Promise<void> {
  const { database, queue, logger, nowMs } = parts;
  const { name, priority } = schedule;
  try {
    const request = configOf(parts.config, schedule);
    const { run, created } = await submitTrainingRun({ database, queue, request, priority, nowMs: nowMs() });
    logger.info({ schedule: name, runId: run.id, created }, 'a schedule asked for a training run');
    await database.schedules.ticked(name, { atMs: nowMs(), runId: run.id, error: null });
  } catch (error) {
    await database.schedules.ticked(name, { atMs: nowMs(), runId: null, error: problemOf(error) });
    throw error;
  }
}

function configOf(config: Config, { name, request }: Schedule) {
  const resolved = resolveRunConfig(config, request);
  if (resolved.success) return resolved.data;
  const details = zodDetails(resolved.error);
  throw new SommelierError(
    'invalid-config',
    `The runs of schedule ${name} cannot be configured so: ${describeDetails(details)}.`,
  );
}

function problemOf(error: unknown): Problem {
  const code = isSommelierError(error) ? error.code : 'internal';
  const { status, title } = ERRORS[code];
  const detail = error instanceof Error ? error.message : String(error);
  return { type: `urn:sommelier:error:${code}`, title, status, code, detail };
}
