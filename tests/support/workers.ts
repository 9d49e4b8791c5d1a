import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventInput, type RunConfig, runConfigSchema, type TrainingRun } from '@sommelier/contracts';
import {
  type ArtifactStore,
  createLogger,
  createTrainingQueue,
  type Database,
  type DatabaseProvider,
  openArtifactStore,
  openDatabase,
  submitTrainingRun,
  type TrainingQueue,
  trainingJobId,
} from '@sommelier/platform';
import type { Job } from 'bullmq';
import { freshDatabase } from './databases.ts';
import { createProcesses, eventually, type ProductProcess } from './processes.ts';

const DAY_MS = 86_400_000;
const RUN_TIMEOUT_MS = 120_000;
/** Short, so that a dead worker's job is soon taken over; long enough for a machine that is busy with other tests. */
const JOB_LOCK_MS = 6_000;

/** An installation with everything that a worker needs, and no worker yet. */
export interface TrainingSite {
  readonly database: Database;
  readonly artifacts: ArtifactStore;
  readonly artifactDir: string;
  readonly queue: TrainingQueue;
  readonly environment: Readonly<Record<string, string>>;
  startWorker(overrides?: Record<string, string>): ProductProcess;
  submit(request?: RunConfig): Promise<{ run: TrainingRun; created: boolean }>;
  run(id: string): Promise<TrainingRun>;
  job(runId: string): Promise<Job>;
  /** Lines of the job's log. */
  logOf(runId: string): Promise<string[]>;
  /** Waits until a run has ended. */
  ended(id: string): Promise<TrainingRun>;
  /** Waits until a run is in the middle of training. */
  training(id: string): Promise<TrainingRun>;
  close(): Promise<void>;
}

/** A small network and little to evaluate: a training of a second or two. */
export function smallRequest(training: Partial<RunConfig['training']> = {}): RunConfig {
  return runConfigSchema.parse({
    model: { factors: 4, layers: [8, 4] },
    training: { epochs: 3, batchSize: 256, learningRate: 0.01, ...training },
    evaluation: { bootstrapResamples: 100, maxValidationUsers: 200, sampledNegatives: 20 },
  });
}

/** A training that lasts long enough to be interrupted: some ten seconds on two fast processors. */
export function longRequest(training: Partial<RunConfig['training']> = {}): RunConfig {
  return smallRequest({ epochs: 300, patience: 300, negativesPerPositive: 64, ...training });
}

/** About 2,000 events of two tastes that share no item, three weeks long, with carts and a few purchases. */
export function tastyEvents(): EventInput[] {
  const events: EventInput[] = [];
  const startMs = Date.UTC(2015, 5, 1);
  for (let user = 0; user < 160; user++) {
    for (let k = 0; k < 12; k++) {
      // Hand-made spread: neighbours see overlapping parts of their own taste's 40 items.
      const item = (user % 2) * 40 + ((user * 7 + k * 3 + ((user * k) % 5)) % 40);
      events.push({
        timestampMs: startMs + k * 1.7 * DAY_MS + user * 61_000 + k,
        userId: `user-${user}`,
        itemId: `item-${item}`,
        type: k % 11 === 10 ? 'transaction' : k % 5 === 4 ? 'addtocart' : 'view',
      });
    }
  }
  return events;
}

/** A fresh database with events, an empty artifact store, and a prefix of its own in Redis. */
export async function createTrainingSite(options: {
  provider: DatabaseProvider;
  redisUrl: string;
  events?: readonly EventInput[];
}): Promise<TrainingSite> {
  const fresh = await freshDatabase(options.provider);
  const database = await openDatabase({ url: fresh.url });
  await database.events.insert(options.events ?? tastyEvents());
  const prefix = `worker-${randomUUID()}`;
  const artifactDir = await mkdtemp(join(tmpdir(), 'sommelier-artifacts-'));
  const queue = createTrainingQueue(options.redisUrl, prefix, createLogger('test', 'silent'));
  const processes = createProcesses();
  const environment = {
    DATABASE_URL: fresh.url,
    REDIS_URL: options.redisUrl,
    REDIS_PREFIX: prefix,
    ARTIFACT_DIR: artifactDir,
    ENGINE: 'wasm',
    ENGINE_THREADS: '2',
    JOB_LOCK_MS: String(JOB_LOCK_MS),
  };
  const run = async (id: string): Promise<TrainingRun> => {
    const found = await database.trainingRuns.get(id);
    if (found === undefined) throw new Error(`run ${id} is not there`);
    return found;
  };
  return {
    database,
    artifacts: openArtifactStore(artifactDir),
    artifactDir,
    queue,
    environment,
    run,
    startWorker: (overrides = {}) => processes.start('worker', { env: { ...environment, ...overrides } }),
    async submit(request = smallRequest()) {
      await eventually('the queue', () => queue.ping().then(() => true));
      return submitTrainingRun({ database, queue, request, nowMs: Date.now() });
    },
    async job(runId) {
      const job = await queue.queue.getJob(trainingJobId(runId));
      if (job === undefined) throw new Error(`run ${runId} has no job`);
      return job;
    },
    logOf: async (runId) => (await queue.queue.getJobLogs(trainingJobId(runId))).logs,
    ended: (id) =>
      eventually(
        `run ${id} ends`,
        async () => {
          const now = await run(id);
          return now.status !== 'queued' && now.status !== 'running' && now;
        },
        { timeoutMs: RUN_TIMEOUT_MS },
      ),
    async training(id) {
      const reached = await eventually(
        `run ${id} trains`,
        async () => {
          const now = await run(id);
          return ((now.progress?.epoch ?? 0) > 0 || now.finishedAtMs !== null) && now;
        },
        { timeoutMs: RUN_TIMEOUT_MS },
      );
      if (reached.status !== 'running')
        throw new Error(`run ${id} ended early: ${JSON.stringify(reached.error)}`);
      return reached;
    },
    async close() {
      await processes.stopAll();
      await queue.queue.obliterate({ force: true }).catch(() => undefined);
      await queue.close();
      await database.close();
      await fresh.drop();
      await rm(artifactDir, { recursive: true, force: true });
    },
  };
}
