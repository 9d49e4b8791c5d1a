import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectRedis, createLogger, within } from '@sommelier/platform';
import { Queue } from 'bullmq';
import { Random } from '../../fuzz/random.ts';
import type { LogLine } from '../../growth/worker-log.ts';
import type { Holder } from '../run-follower.ts';
import { SupervisedProcess } from '../supervised-process.ts';
import type { JobOutcome } from './outcome.ts';
import type { Side } from './side.ts';
import { STOCK_QUEUE } from './stock-queue.ts';

const WORKER = fileURLToPath(new URL('./stock-worker.js', import.meta.url));
/** Jobs that wait at most: those of killed workers are away for a minute, and others go on meanwhile. */
const MOST_WAITING = 3;
const PRODUCE_EVERY_MS = 50;
const POLL_MS = 500;
const COMMAND_TIMEOUT_MS = 3_000;
/** A job takes this many times as long as the product's short run. */
const SHORTEST = 0.5;
const LONGEST = 1.5;

export interface StockOrder {
  readonly folder: string;
  readonly logFolder: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly workers: number;
  readonly seed: number;
  /** How long a job takes on the whole. */
  readonly jobMs: number;
}

interface Executions {
  begun: number;
  done: number;
  /** Who has begun it last and not done it, and when. */
  holder: Holder | undefined;
}

/** A queue of jobs that only wait, with stock workers. */
export class StockSide implements Side {
  readonly name = 'BullMQ, default settings';
  readonly workers: SupervisedProcess[] = [];
  readonly #queue: Queue<{ ms: number }>;
  readonly #redis: ReturnType<typeof connectRedis>;
  readonly #random: Random;
  readonly #jobMs: number;
  readonly #accepted: string[] = [];
  readonly #executions = new Map<string, Executions>();
  #made = 0;

  private constructor({ redisUrl, prefix, seed, jobMs }: StockOrder) {
    this.#redis = connectRedis(redisUrl, 'producer', createLogger('chaos', 'silent'));
    this.#queue = new Queue(STOCK_QUEUE, { connection: this.#redis, prefix, skipVersionCheck: true });
    this.#queue.on('error', () => {});
    this.#random = new Random(seed);
    this.#jobMs = jobMs;
  }

  static async open(order: StockOrder): Promise<StockSide> {
    const { folder, logFolder, redisUrl, prefix, workers } = order;
    const side = new StockSide(order);
    const { hostname, port } = new URL(redisUrl);
    for (let k = 0; k < workers; k++) {
      const name = `stock-${k}`;
      side.workers.push(
        await SupervisedProcess.start({
          name,
          main: WORKER,
          upLine: 'ready',
          env: { REDIS_HOST: hostname, REDIS_PORT: port, REDIS_PREFIX: prefix },
          folder: join(folder, name),
          logFolder,
          onLine: (line) => side.#see(name, line),
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
    const holders = [...this.#executions.values()].flatMap(({ holder }) => holder ?? []);
    return this.workers.find(({ name, pid, startedAtMs }) =>
      holders.some(
        ({ worker, takenAtMs }) => worker === name && pid !== undefined && takenAtMs >= startedAtMs,
      ),
    );
  }

  async drain(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const {
        active = 1,
        waiting = 1,
        delayed = 1,
      } = await this.#ask(this.#queue.getJobCounts('active', 'waiting', 'delayed')).catch(
        () => ({}) as Record<string, number>,
      );
      if (active + waiting + delayed === 0) return;
      await sleep(POLL_MS);
    }
  }

  outcomes(): Promise<JobOutcome[]> {
    return Promise.all(
      this.#accepted.map(async (id) => {
        const { begun = 0, done = 0 } = this.#executions.get(id) ?? {};
        return { id, begun, done, end: END_OF_STATE[await this.#queue.getJobState(id)] ?? 'pending' };
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.#queue.close();
    this.#redis.disconnect();
  }

  async #produceOne(): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    if ((await this.#ask(this.#queue.getWaitingCount())) >= MOST_WAITING) return;
    const id = `job-${this.#made++}`;
    const ms = Math.round((SHORTEST + this.#random.next() * (LONGEST - SHORTEST)) * this.#jobMs);
    await this.#ask(this.#queue.add('job', { ms }, { jobId: id }));
    this.#accepted.push(id);
  }

  #ask<T>(answer: Promise<T>): Promise<T> {
    return within(answer, COMMAND_TIMEOUT_MS, () => new Error('Redis did not answer in time'));
  }

  #see(worker: string, { message, runId: job, timeMs }: LogLine): void {
    if (job === undefined) return;
    const executions = this.#executions.get(job) ?? { begun: 0, done: 0, holder: undefined };
    this.#executions.set(job, executions);
    if (message === 'began') {
      executions.begun++;
      executions.holder = { worker, takenAtMs: timeMs };
    } else if (message === 'did') {
      executions.done++;
      executions.holder = undefined;
    }
  }
}

const END_OF_STATE: Readonly<Record<string, JobOutcome['end']>> = {
  completed: 'ended',
  failed: 'failed',
  unknown: 'lost',
};
