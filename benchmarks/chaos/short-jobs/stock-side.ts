import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectRedis, createLogger, within } from '@sommelier/platform';
import { Queue } from 'bullmq';
import { Random } from '../../fuzz/random.ts';
import type { LogLine } from '../../growth/worker-log.ts';
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
/** About as long as the product's short run. */
const SHORTEST_MS = 500;
const LONGEST_MS = 1_000;

interface Executions {
  begun: number;
  done: number;
  /** Who has begun it last and not done it. */
  worker: string | undefined;
}

/** A queue of jobs that only wait, with stock workers. */
export class StockSide implements Side {
  readonly name = 'BullMQ, default settings';
  readonly workers: SupervisedProcess[] = [];
  readonly #queue: Queue<{ ms: number }>;
  readonly #redis: ReturnType<typeof connectRedis>;
  readonly #random: Random;
  readonly #accepted: string[] = [];
  readonly #executions = new Map<string, Executions>();
  #made = 0;

  private constructor(redisUrl: string, prefix: string, seed: number) {
    this.#redis = connectRedis(redisUrl, 'producer', createLogger('chaos', 'silent'));
    this.#queue = new Queue(STOCK_QUEUE, { connection: this.#redis, prefix, skipVersionCheck: true });
    this.#queue.on('error', () => {});
    this.#random = new Random(seed);
  }

  static async open(place: {
    folder: string;
    logFolder: string;
    redisUrl: string;
    prefix: string;
    workers: number;
    seed: number;
  }): Promise<StockSide> {
    const { folder, logFolder, redisUrl, prefix, workers, seed } = place;
    const side = new StockSide(redisUrl, prefix, seed);
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
    const name = [...this.#executions.values()].findLast(({ worker }) => worker !== undefined)?.worker;
    return this.workers.find((worker) => worker.name === name);
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
    const ms = this.#random.whole(SHORTEST_MS, LONGEST_MS);
    await this.#ask(this.#queue.add('job', { ms }, { jobId: id }));
    this.#accepted.push(id);
  }

  #ask<T>(answer: Promise<T>): Promise<T> {
    return within(answer, COMMAND_TIMEOUT_MS, () => new Error('Redis did not answer in time'));
  }

  #see(worker: string, { message, runId: job }: LogLine): void {
    if (job === undefined) return;
    const executions = this.#executions.get(job) ?? { begun: 0, done: 0, worker: undefined };
    this.#executions.set(job, executions);
    if (message === 'began') {
      executions.begun++;
      executions.worker = worker;
    } else if (message === 'did') {
      executions.done++;
      executions.worker = undefined;
    }
  }
}

const END_OF_STATE: Readonly<Record<string, JobOutcome['end']>> = {
  completed: 'ended',
  failed: 'failed',
  unknown: 'lost',
};
