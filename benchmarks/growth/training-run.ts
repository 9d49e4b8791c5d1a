import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Preset, type RunConfig, runConfigSchema, type TrainingRun } from '@sommelier/contracts';
import {
  createLogger,
  createTrainingQueue,
  type Database,
  openDatabase,
  submitTrainingRun,
} from '@sommelier/platform';
import type { ChildProcess } from './child-process.ts';
import { type MeasuredWorker, startWorker } from './measured-worker.ts';
import type { Period } from './stage-clock.ts';

const POLL_MS = 500;
const QUEUE_TIMEOUT_MS = 30_000;

/** One whole training run, measured. */
export interface MeasuredRun {
  readonly run: TrainingRun;
  readonly engine: string;
  readonly counts: { readonly users: number; readonly items: number; readonly interactions: number };
  readonly seconds: Record<Period, number>;
  /** Most memory of the worker's process (bytes), over all and while each period lasted. */
  readonly peakBytes: number;
  readonly peakBytesOf: Partial<Record<Period, number>>;
}

const BATCH_SIZE = 4_096;
/** One of those that pre-training tries one after another: how many it tries depends on the events. */
const UNOBSERVED_WEIGHT = 0.03;

/**
 * The same for every size: all events, a number of epochs that is not searched for, and as many users in the
 * evaluation. The patience is never used up, so every epoch is trained.
 */
export function requestOf({ preset, epochs }: { preset: Preset; epochs: number }): RunConfig {
  return runConfigSchema.parse({
    preset,
    data: { windowDays: 0 },
    training: {
      epochs,
      patience: epochs,
      batchSize: BATCH_SIZE,
      alsUnobservedWeights: [UNOBSERVED_WEIGHT],
    },
    evaluation: { maxUsers: 500, maxValidationUsers: 500, bootstrapResamples: 200 },
  });
}

/**
 * Submits a run to a worker of its own and waits for its end.
 * @throws Error when the run does not succeed or the worker ends
 */
export async function measureRun(place: {
  databaseUrl: string;
  redisUrl: string;
  artifactDir: string;
  engine: string;
  request: RunConfig;
  onPeriod: (period: Period) => void;
}): Promise<MeasuredRun> {
  const { databaseUrl, redisUrl, artifactDir, engine, request, onPeriod } = place;
  const prefix = `growth-${randomUUID()}`;
  const database = await openDatabase({ url: databaseUrl });
  const queue = createTrainingQueue(redisUrl, prefix, createLogger('growth', 'silent'));
  let worker: MeasuredWorker | undefined;
  try {
    await untilReady(() => queue.ping());
    worker = startWorker(
      {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        REDIS_PREFIX: prefix,
        ARTIFACT_DIR: artifactDir,
        ENGINE: engine,
      },
      onPeriod,
    );
    const { run } = await submitTrainingRun({
      database,
      queue,
      request,
      nowMs: Date.now(),
    });
    const ended = await endOf(run.id, database, worker.process);
    const measured = await worker.measured();
    return { run: ended, ...(await modelOf(ended, database)), ...measured };
  } finally {
    await worker?.process.stop();
    await queue.queue.obliterate({ force: true }).catch(() => undefined);
    await queue.close();
    await database.close();
  }
}

async function untilReady(probe: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + QUEUE_TIMEOUT_MS;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(POLL_MS);
  }
}

async function endOf(id: string, database: Database, worker: ChildProcess): Promise<TrainingRun> {
  let workerEnded = false;
  void worker.ended.then(() => {
    workerEnded = true;
  });
  for (;;) {
    const run = await database.trainingRuns.get(id);
    if (run?.status === 'succeeded') return run;
    if (run === undefined || run.finishedAtMs !== null)
      throw new Error(`The training run ended as ${run?.status}: ${run?.error?.detail ?? 'no reason'}`);
    if (workerEnded) throw new Error(`The worker ended during the run. Its last lines:\n${worker.tail()}`);
    await sleep(POLL_MS);
  }
}

async function modelOf(
  run: TrainingRun,
  database: Database,
): Promise<Pick<MeasuredRun, 'engine' | 'counts'>> {
  const model = run.modelVersion === null ? undefined : await database.models.get(run.modelVersion);
  if (model === undefined) throw new Error(`The run ${run.id} succeeded without a model`);
  const { engine, counts } = model.manifest;
  return { counts, engine: `${engine.name} on ${engine.backend}, threads: ${engine.threads}` };
}
