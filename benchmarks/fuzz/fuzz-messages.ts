import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configSchema, modelReadySchema } from '@sommelier/contracts';
import {
  connectRedis,
  createLogger,
  type Database,
  migrateDatabase,
  modelReadyChannel,
  openDatabase,
  publishModelReady,
  subscribeChanges,
  subscribeModelReady,
  subscribeRunCancelled,
} from '@sommelier/platform';
import { CaseCount, type CaseResult } from './counted.ts';
import { jobData, messageText } from './message-cases.ts';
import { productModule } from './product-code.ts';
import { Random } from './random.ts';

const CHANNELS = ['model-ready', 'changes', 'run-cancelled'] as const;
const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;
const SENT_AT_ONCE = 100;
const ANSWER_MS = 10_000;
const DATABASE_EVERY = 200;

export interface MessageFuzz {
  readonly cases: number;
  readonly seed: number;
  readonly redisUrl: string;
}

/**
 * Sends malformed messages over a real Redis to the subscriptions of API and worker, and malformed data to what they do
 * with the jobs of the queues, beside a real SQLite database. No message may end a subscription or be taken for one that
 * it is not; no job may be carried out, or write anything.
 */
export async function fuzzMessages(options: MessageFuzz): Promise<CaseResult> {
  const random = new Random(options.seed);
  const count = new CaseCount();
  const messages = Math.ceil(options.cases / 2);
  await fuzzChannels({ ...options, cases: messages }, random, count);
  await fuzzJobs(options.cases - messages, random, count);
  return count.result();
}

async function fuzzChannels(
  { cases, redisUrl }: MessageFuzz,
  random: Random,
  count: CaseCount,
): Promise<void> {
  const prefix = `fuzz-${randomUUID()}`;
  const heard = listen(redisUrl, prefix);
  const redis = connectRedis(redisUrl, 'worker', createLogger('fuzz', 'silent'));
  try {
    await heard.ready(() => publishModelReady(redis, prefix, heard.sentinel(0)));
    const expected = { ...heard.counts };
    for (let sent = 0; sent < cases; sent += SENT_AT_ONCE) {
      const texts = Array.from({ length: Math.min(SENT_AT_ONCE, cases - sent) }, () => messageText(random));
      for (const text of texts) {
        const channel = random.pick(CHANNELS);
        const isTaken = isMessage(channel, text.toString('utf8'));
        if (isTaken) expected[channel]++;
        const name = channel === 'model-ready' ? modelReadyChannel(prefix) : `${prefix}:${channel}`;
        await redis.publish(name, text);
        count.note(`message on ${channel}`, isTaken ? 'taken' : 'ignored');
      }
    }
    // A proper one behind all others: when it has come, they have, and the subscription lives.
    const wrong = await heard.settled(() => publishModelReady(redis, prefix, heard.sentinel(1)), expected);
    if (wrong !== undefined) count.fail('message', wrong);
  } finally {
    redis.disconnect();
    await heard.close();
  }
}

/** What each channel takes; a hint of changes carries nothing, so that any text is one. */
function isMessage(channel: (typeof CHANNELS)[number], text: string): boolean {
  if (channel === 'changes') return true;
  if (channel === 'run-cancelled') return RUN_ID.test(text);
  try {
    return modelReadySchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function listen(redisUrl: string, prefix: string) {
  const logger = createLogger('fuzz', 'silent');
  const counts: Record<(typeof CHANNELS)[number], number> = {
    'model-ready': 0,
    changes: 0,
    'run-cancelled': 0,
  };
  let last = -1;
  const hear = { redisUrl, prefix, logger };
  let subscribed = 0;
  const subscriptions = [
    subscribeModelReady({
      ...hear,
      onHint: (message) => {
        if (message === undefined) subscribed++;
        else if (message.sha256.startsWith('sentinel-')) last = Number(message.sha256.slice(9));
        else counts['model-ready']++;
      },
    }),
    subscribeChanges({
      ...hear,
      onHint: () => {
        // The first is that of the subscription itself.
        if (subscribed++ > 1) counts.changes++;
      },
    }),
    subscribeRunCancelled({ ...hear, onHint: () => counts['run-cancelled']++ }),
  ];
  const sentinel = (number: number) => ({
    ...{ schemaVersion: 1 as const, generation: 1, version: '20260101T000000Z-000000000001' },
    ...{ sha256: `sentinel-${number}`, publishedAt: 0 },
  });
  const heardOf = async (number: number, send: () => Promise<void>): Promise<boolean> => {
    for (const endMs = Date.now() + ANSWER_MS; Date.now() < endMs; await sleep(20)) {
      await send();
      if (last === number) return true;
    }
    return false;
  };
  return {
    counts,
    sentinel,
    async ready(send: () => Promise<void>): Promise<void> {
      if (!(await heardOf(0, send))) throw new Error('the subscription does not begin');
      // The other channels have no word of their own for it.
      await sleep(200);
      counts['model-ready'] = 0;
      counts.changes = 0;
      counts['run-cancelled'] = 0;
    },
    /** What is not as expected once everything has been heard. */
    async settled(send: () => Promise<void>, expected: typeof counts): Promise<string | undefined> {
      if (!(await heardOf(1, send))) return 'the subscription hears nothing any more';
      for (const endMs = Date.now() + ANSWER_MS; Date.now() < endMs; await sleep(20)) {
        if (CHANNELS.every((channel) => counts[channel] === expected[channel])) return undefined;
      }
      return `heard ${JSON.stringify(counts)}, not ${JSON.stringify(expected)}`;
    },
    close: () => Promise.all(subscriptions.map((one) => one.close())),
  };
}

type Process = (job: object, token: string, signal: AbortSignal) => Promise<unknown>;

/** What the workers do with jobs. */
interface JobCode {
  createTrainingProcessor(parts: object): Process;
  handleTick(parts: object, data: unknown, tickMs: number): Promise<void>;
  handleErasureJob(parts: object, data: unknown, signal: AbortSignal): Promise<void>;
}

async function fuzzJobs(cases: number, random: Random, count: CaseCount): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-fuzz-'));
  const url = `file:${join(folder, 'shop.db')}`;
  await migrateDatabase(url);
  const database = await openDatabase({ url });
  try {
    const handlers = await handlersOf(database);
    for (let index = 0; index < cases; index++) {
      const queue = random.pick(QUEUES);
      const data = jobData(random);
      try {
        await handlers[queue](data);
        count.note(`job of ${queue}`, 'nothing to do');
      } catch (error) {
        if (isOrderly(error)) count.note(`job of ${queue}`, 'refused');
        else count.fail(`job of ${queue}`, `${JSON.stringify(data)}: ${(error as Error).stack}`);
      }
      if (index % DATABASE_EVERY === 0) await expectNothing(database);
    }
    await expectNothing(database);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** BullMQ's word for a job that is not tried again, or a schema's. */
function isOrderly(error: unknown): boolean {
  return error instanceof Error && ['UnrecoverableError', 'ZodError'].includes(error.name);
}

const QUEUES = ['training', 'schedules', 'erasure'] as const;

type JobHandlers = Record<(typeof QUEUES)[number], (data: unknown) => Promise<unknown>>;

async function handlersOf(database: Database): Promise<JobHandlers> {
  const training = await productModule<JobCode>('apps/worker/dist/runs/training-processor.js');
  const schedules = await productModule<JobCode>('apps/worker/dist/schedules/schedule-worker.js');
  const erasure = await productModule<JobCode>('apps/worker/dist/erasure/erasure-worker.js');
  const logger = createLogger('fuzz', 'silent');
  const never = new AbortController().signal;
  const forbidden = () => Promise.reject(new Error('a malformed job was carried out'));
  const process = training.createTrainingProcessor({ database, logger, nowMs: Date.now, train: forbidden });
  const ticking = {
    ...{ database, logger, nowMs: Date.now, random: () => 0, config: configSchema.parse({}) },
    queue: { enqueue: forbidden, setPriority: forbidden },
    scheduleQueue: { startLater: forbidden, remove: async () => undefined },
  };
  return {
    training: (data) => process({ id: 'job', data, opts: {}, attemptsMade: 0 }, 'token', never),
    schedules: (data) => schedules.handleTick(ticking, data, 0),
    erasure: (data) => erasure.handleErasureJob({ database, nowMs: Date.now, logger }, data, never),
  };
}

/** @throws Error when a job has left something */
async function expectNothing({ trainingRuns, schedules, erasures, models }: Database): Promise<void> {
  const found = [
    ...(await trainingRuns.list({ limit: 1 })),
    ...(await schedules.list()),
    ...(await erasures.after(0)),
    ...(await models.list({ limit: 1 })),
  ];
  if (found.length > 0) throw new Error(`a malformed job has left ${JSON.stringify(found[0])}`);
}
