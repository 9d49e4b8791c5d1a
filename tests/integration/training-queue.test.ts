import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type ModelReady, runConfigSchema } from '@sommelier/contracts';
import {
  connectRedis,
  createLogger,
  createTrainingQueue,
  modelReadyChannel,
  openDatabase,
  publishModelReady,
  submitTrainingRun,
  subscribeModelReady,
  trainingJobId,
} from '@sommelier/platform';
import { freshDatabase } from '../support/databases.ts';
import { eventually } from '../support/processes.ts';
import { startRedis } from '../support/services/redis.ts';
import { undoneAfterEach } from '../support/undo.ts';

const logger = createLogger('test', 'silent');
const undo = undoneAfterEach(60_000);
const request = runConfigSchema.parse({});

function later(step: () => Promise<unknown>): void {
  undo.push(step);
}

function redisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (url === undefined) throw new Error('TEST_REDIS_URL is not set');
  return url;
}

function uniquePrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

function openQueue(url = redisUrl(), prefix = uniquePrefix()) {
  const queue = createTrainingQueue(url, prefix, logger);
  later(() => queue.close());
  return queue;
}

async function openDatabaseOfTheTest() {
  const { url, drop } = await freshDatabase('sqlite');
  later(drop);
  const database = await openDatabase({ url });
  later(() => database.close());
  return database;
}

/** A folder for a Redis that is stopped and started again. */
async function redisFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-redis-'));
  later(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function millisecondsOf(work: Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work.catch(() => undefined);
  return performance.now() - startedAtMs;
}

describe('createTrainingQueue', () => {
  test('a run is one job, however often it is enqueued, and the job carries its id alone', async () => {
    const queue = openQueue();
    await eventually('Redis', () => queue.ping().then(() => true));
    await Promise.all([queue.enqueue('r-1'), queue.enqueue('r-1'), queue.enqueue('r-2')]);
    await queue.enqueue('r-1');
    expect(await queue.queue.getJobCounts('prioritized')).toEqual({ prioritized: 2 });
    const job = await queue.queue.getJob(trainingJobId('r-1'));
    expect(job?.data).toEqual({ runId: 'r-1' });
    expect(job?.opts).toMatchObject({ attempts: 3, backoff: { type: 'exponential' } });
  });

  test('a job whose pause a clock that was set back has made long goes on; one in its usual pause stays', async () => {
    const queue = openQueue();
    await eventually('Redis', () => queue.ping().then(() => true));
    const pauses = { late: 3_600_000, usual: 6_000 };
    for (const [runId, delay] of Object.entries(pauses))
      await queue.queue.add('training-run', { runId }, { jobId: trainingJobId(runId), delay, priority: 5 });
    await Promise.all(Object.keys(pauses).map((runId) => queue.restore(runId, 5)));
    const stateOf = (runId: string) => queue.queue.getJobState(trainingJobId(runId));
    expect(await stateOf('late')).toBe('prioritized');
    expect(await stateOf('usual')).toBe('delayed');
  });

  test.each(['', 'a:b', '../x', 'x'.repeat(65)])('%j cannot be a run', async (runId) => {
    await expect(openQueue().enqueue(runId)).rejects.toMatchObject({ code: 'internal' });
  });

  test('rejects at once while Redis is away, forgets the command, and works when Redis comes', async () => {
    const folder = await redisFolder();
    const first = await startRedis({ folder });
    await first.stop();
    const queue = openQueue(first.url);
    expect(await millisecondsOf(queue.enqueue('r-1'))).toBeLessThan(1_000);
    await expect(queue.enqueue('r-1')).rejects.toMatchObject({ code: 'queue-unavailable' });
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' });

    const second = await startRedis({ folder, port: first.port });
    later(() => second.stop());
    await eventually('Redis is back', () => queue.ping().then(() => true));
    await queue.enqueue('r-2');
    expect((await queue.queue.getPrioritized()).map((job) => job.data.runId)).toEqual(['r-2']);

    await second.stop();
    await eventually('the queue notices', () =>
      queue.ping().then(
        () => false,
        () => true,
      ),
    );
    expect(await millisecondsOf(queue.enqueue('r-3'))).toBeLessThan(1_000);
    await expect(queue.enqueue('r-3')).rejects.toMatchObject({ code: 'queue-unavailable' });
  });

  test('closes in bounded time without ever having seen Redis', async () => {
    const queue = createTrainingQueue('redis://127.0.0.1:1', uniquePrefix(), logger);
    expect(await millisecondsOf(queue.close())).toBeLessThan(3_000);
  });
});

describe('submitTrainingRun', () => {
  test('writes the row, then the job; an equal request joins, another does not', async () => {
    const database = await openDatabaseOfTheTest();
    const queue = openQueue();
    await eventually('Redis', () => queue.ping().then(() => true));
    const submit = (config = request) =>
      submitTrainingRun({ database, queue, request: config, nowMs: 1_000 });
    const first = await submit();
    expect(first).toMatchObject({ created: true, run: { status: 'queued', createdAtMs: 1_000 } });
    expect(await submit()).toMatchObject({ created: false, run: { id: first.run.id } });
    const other = await submit(runConfigSchema.parse({ training: { seed: 7 } }));
    expect(other.created).toBe(true);
    const waiting = await queue.queue.getPrioritized();
    expect(waiting.map((job) => job.data.runId).sort()).toEqual([first.run.id, other.run.id].sort());
  });

  test('joining a run whose job Redis has lost brings the job back', async () => {
    const database = await openDatabaseOfTheTest();
    const queue = openQueue();
    await eventually('Redis', () => queue.ping().then(() => true));
    const submit = () => submitTrainingRun({ database, queue, request, nowMs: 1_000 });
    const { run } = await submit();
    await queue.queue.obliterate({ force: true });
    await submit();
    expect((await queue.queue.getPrioritized()).map((job) => job.data.runId)).toEqual([run.id]);
  });

  test('a run that cannot be enqueued has failed before the caller hears of it', async () => {
    const database = await openDatabaseOfTheTest();
    const queue = openQueue('redis://127.0.0.1:1');
    const submission = submitTrainingRun({ database, queue, request, nowMs: 1_000 });
    await expect(submission).rejects.toMatchObject({ code: 'queue-unavailable' });
    const [run, ...others] = await database.trainingRuns.list({ limit: 10 });
    expect(others).toEqual([]);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'queue-unavailable', status: 503 } });
    expect(run?.error?.detail).toContain('could not be put into the queue');
  });

  test('joining while Redis is away leaves the run of the other caller alone', async () => {
    const database = await openDatabaseOfTheTest();
    await database.trainingRuns.createOrJoin(request, 1_000);
    const queue = openQueue('redis://127.0.0.1:1');
    const submission = submitTrainingRun({ database, queue, request, nowMs: 2_000 });
    await expect(submission).rejects.toMatchObject({ code: 'queue-unavailable' });
    expect(await database.trainingRuns.list({ limit: 10 })).toMatchObject([{ status: 'queued' }]);
  });
});

describe('subscribeModelReady', () => {
  const message: ModelReady = {
    schemaVersion: 1,
    generation: 3,
    version: '20150602T050212Z-e3b0c44298fc',
    sha256: 'e3b0',
    publishedAt: 5,
  };

  function subscribe(prefix: string) {
    const hints: (ModelReady | undefined)[] = [];
    const subscription = subscribeModelReady({
      redisUrl: redisUrl(),
      prefix,
      logger,
      onHint: (hint) => {
        hints.push(hint);
        throw new Error('a callback that fails must not end the subscription');
      },
    });
    later(() => subscription.close());
    return hints;
  }

  function publisher() {
    const redis = connectRedis(redisUrl(), 'worker', logger);
    later(async () => redis.disconnect());
    return redis;
  }

  test('hints once it is subscribed, with each message of its own prefix, and with no other', async () => {
    const prefix = uniquePrefix();
    const hints = subscribe(prefix);
    await eventually('the subscription', () => hints.length === 1);
    const redis = publisher();
    await redis.publish(modelReadyChannel(prefix), 'not JSON');
    await redis.publish(modelReadyChannel(prefix), '{"generation":"x"}');
    await redis.publish(modelReadyChannel(prefix), JSON.stringify({ ...message, schemaVersion: 2 }));
    await redis.publish(modelReadyChannel(prefix), `"${'x'.repeat(20_000)}"`);
    await publishModelReady(redis, uniquePrefix(), message);
    await publishModelReady(redis, prefix, message);
    await publishModelReady(redis, prefix, { ...message, generation: 4 });
    await eventually('both messages', () => hints.length === 3);
    expect(hints).toEqual([undefined, message, { ...message, generation: 4 }]);
  });

  test('hints again after a connection that was cut, since messages may be lost', async () => {
    const prefix = uniquePrefix();
    const hints = subscribe(prefix);
    await eventually('the subscription', () => hints.length === 1);
    const redis = publisher();
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually('the new subscription', () => hints.length === 2);
    await publishModelReady(redis, prefix, message);
    await eventually('the message', () => hints.length === 3);
    expect(hints).toEqual([undefined, undefined, message]);
  });
});
