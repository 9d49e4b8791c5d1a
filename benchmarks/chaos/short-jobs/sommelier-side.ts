import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunConfig, runConfigSchema } from '@sommelier/contracts';
import {
  createLogger,
  createTrainingQueue,
  type Database,
  submitTrainingRun,
  type TrainingQueue,
} from '@sommelier/platform';
import { mainOf } from '../../growth/repository.ts';
import type { RunRow } from '../observation.ts';
import { Queries } from '../queries.ts';
import { RunFollower } from '../run-follower.ts';
import { SupervisedProcess, UP_LINES } from '../supervised-process.ts';
import type { JobOutcome } from './outcome.ts';
import type { Side } from './side.ts';

const MOST_UNFINISHED = 3;
const PRODUCE_EVERY_MS = 50;
const POLL_MS = 500;
const WARM_UP_TIMEOUT_MS = 60_000;

/** A training as short as one can be: what is tested is the queue. The gate's verdict is none of it. */
function shortRequest(seed: number): RunConfig {
  return runConfigSchema.parse({
    data: { windowDays: 0 },
    model: { factors: 4, layers: [] },
    training: { epochs: 1, pretraining: 'none', seed },
    evaluation: { maxUsers: 50, maxValidationUsers: 50, bootstrapResamples: 100, sampledNegatives: 10 },
    force: 'short jobs',
  });
}

/** The product's queue and workers: each job is a training run from the events to the active model. */
export class SommelierSide implements Side {
  readonly name = 'sommelier';
  readonly workers: SupervisedProcess[] = [];
  readonly #database: Database;
  readonly #queries: Queries;
  readonly #queue: TrainingQueue;
  readonly #follower = new RunFollower();
  readonly #accepted: string[] = [];
  #made = 0;

  private constructor(place: { database: Database; databaseUrl: string; redisUrl: string; prefix: string }) {
    this.#database = place.database;
    this.#queries = new Queries(place.databaseUrl);
    this.#queue = createTrainingQueue(place.redisUrl, place.prefix, createLogger('chaos', 'silent'));
  }

  static async open(place: {
    folder: string;
    logFolder: string;
    database: Database;
    databaseUrl: string;
    redisUrl: string;
    prefix: string;
    workers: number;
    lockMs: number;
  }): Promise<SommelierSide> {
    const { folder, logFolder, databaseUrl, redisUrl, prefix, workers, lockMs } = place;
    const side = new SommelierSide(place);
    for (let k = 0; k < workers; k++) {
      const name = `worker-${k}`;
      side.workers.push(
        await SupervisedProcess.start({
          name,
          main: mainOf('worker'),
          upLine: UP_LINES.worker,
          env: {
            DATABASE_URL: databaseUrl,
            REDIS_URL: redisUrl,
            REDIS_PREFIX: prefix,
            ARTIFACT_DIR: join(folder, 'artifacts'),
            ENGINE: 'wasm',
            ENGINE_THREADS: '1',
            JOB_LOCK_MS: String(lockMs),
          },
          folder: join(folder, name),
          logFolder,
          onLine: (line) => side.#follower.see(name, line),
        }),
      );
    }
    return side;
  }

  async produce(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#produceOne().catch(() => undefined);
      await sleep(PRODUCE_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  holder(): SupervisedProcess | undefined {
    const { holder } = this.#follower;
    return this.workers.find(
      ({ name, pid, startedAtMs }) =>
        name === holder?.worker && pid !== undefined && holder.takenAtMs >= startedAtMs,
    );
  }

  /** Does two runs that nobody disturbs; gives how long a worker had the second one, whose code was loaded (ms). */
  async warmUp(): Promise<number> {
    await Promise.all(this.workers.map((worker) => worker.untilUp()));
    let durationMs = 0;
    for (let k = 0; k < 2; k++) {
      await untilIt(() => this.#produceOne().then(() => true));
      durationMs = await untilIt(() => this.#follower.durationMs(this.#accepted[k]!));
    }
    return durationMs;
  }

  async drain(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while ((await this.#unfinished()) > 0 && Date.now() < deadline) await sleep(POLL_MS);
  }

  async outcomes(): Promise<JobOutcome[]> {
    const rows = new Map((await this.#queries.runs()).map((row) => [row.id, row]));
    const activations = await this.#queries.activations();
    return this.#accepted.map((id) => {
      const done = activations.filter(({ activatedBy }) => activatedBy === `run:${id}`).length;
      return { id, end: endOf(rows.get(id)), begun: this.#follower.taken(id), done };
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.#queue.close();
  }

  async #produceOne(): Promise<void> {
    if ((await this.#unfinished()) >= MOST_UNFINISHED) return;
    const request = shortRequest(this.#made++);
    const submission = { database: this.#database, queue: this.#queue, request, nowMs: Date.now() };
    const { run } = await submitTrainingRun(submission);
    this.#accepted.push(run.id);
  }

  async #unfinished(): Promise<number> {
    const { trainingRuns } = this.#database;
    const lists = await Promise.all(
      (['queued', 'running'] as const).map((status) => trainingRuns.list({ status, limit: MOST_UNFINISHED })),
    );
    return lists.flat().length;
  }
}

/** Asks again and again, also when asking fails, until there is an answer. @throws Error after a minute */
async function untilIt<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + WARM_UP_TIMEOUT_MS;
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => undefined);
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error('A run that nobody disturbed did not end in time');
    await sleep(PRODUCE_EVERY_MS);
  }
}

function endOf(row: RunRow | undefined): JobOutcome['end'] {
  if (row === undefined) return 'lost';
  if (row.status === 'succeeded') return 'ended';
  return row.finishedAtMs === null ? 'pending' : 'failed';
}
