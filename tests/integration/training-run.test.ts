import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type ModelReady, manifestSchema, runProgressSchema, trainingRunSchema } from '@sommelier/contracts';
import { exampleManifest } from '@sommelier/contracts/testing';
import { verifyModelFile } from '@sommelier/ncf';
import { createLogger, manifestKey, modelKey, snapshotKey, subscribeModelReady } from '@sommelier/platform';
import { PROVIDERS } from '../support/databases.ts';
import { eventually } from '../support/processes.ts';
import { startRedis } from '../support/services/redis.ts';
import { undoneAfterEach } from '../support/undo.ts';
import {
  createTrainingSite,
  longRequest,
  smallRequest,
  type TrainingSite,
  tastyEvents,
} from '../support/workers.ts';

const TIMEOUT_MS = 180_000;
const undo = undoneAfterEach(TIMEOUT_MS);

function redisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (url === undefined) throw new Error('TEST_REDIS_URL is not set');
  return url;
}

async function openSite(
  options: Partial<Parameters<typeof createTrainingSite>[0]> = {},
): Promise<TrainingSite> {
  const site = await createTrainingSite({ provider: 'sqlite', redisUrl: redisUrl(), ...options });
  undo.push(() => site.close());
  return site;
}

/** The hints that replicas of the site get. */
function hintsOf(site: TrainingSite): (ModelReady | undefined)[] {
  const hints: (ModelReady | undefined)[] = [];
  const subscription = subscribeModelReady({
    redisUrl: site.environment.REDIS_URL ?? '',
    prefix: site.environment.REDIS_PREFIX ?? '',
    logger: createLogger('test', 'silent'),
    onHint: (hint) => hints.push(hint),
  });
  undo.push(() => subscription.close());
  return hints;
}

describe.each(PROVIDERS)('a training run on %s', (provider) => {
  test(
    'reads, prepares, trains, evaluates, publishes, and tells how it went',
    async () => {
      const site = await openSite({ provider });
      const hints = hintsOf(site);
      await eventually('the subscription', () => hints.length === 1);
      site.startWorker();
      const { run: submitted } = await site.submit();
      const run = trainingRunSchema.parse(await site.ended(submitted.id));

      expect(run).toMatchObject({ status: 'succeeded', stage: 'publish', attempts: 1, error: null });
      expect(run.progress).toMatchObject({ stage: 'publish', fraction: 1 });
      expect(run.funnel).toMatchObject({ interactions: expect.any(Number) });
      expect(run.funnel?.steps[0]).toMatchObject({ rule: 'stored', kept: { events: tastyEvents().length } });
      expect(Object.keys(run.timings ?? {})).toEqual([
        'read',
        'prepare',
        'search',
        'evaluate',
        'refit',
        'encode',
        'publish',
      ]);
      expect(Object.values(run.timings ?? {}).every((seconds) => seconds >= 0)).toBe(true);
      expect((run.finishedAtMs ?? 0) - (run.startedAtMs ?? 0)).toBeGreaterThan(0);
      expect(run.metrics?.protocol.users).toBeGreaterThan(100);

      const version = run.modelVersion ?? '';
      const manifest = manifestSchema.parse(
        JSON.parse(new TextDecoder().decode(await site.artifacts.get(manifestKey(version)))),
      );
      const file = await site.artifacts.get(modelKey(version));
      const { model } = verifyModelFile(file, manifest);
      expect(model.parameters.shape).toMatchObject({ factors: 4, layers: [8, 4] });
      expect(model.itemToItem!.items.length).toBeGreaterThan(0);
      expect(manifest).toMatchObject({
        version,
        components: ['item_to_item'],
        runId: run.id,
        config: submitted.request,
        metrics: run.metrics,
        funnel: run.funnel,
        engine: { name: 'wasm', backend: expect.stringMatching(/^(relaxed-)?simd$/), threads: 2 },
        trainedUntilMs: Math.max(...tastyEvents().map((event) => event.timestampMs)),
      });
      await site.artifacts.get(snapshotKey(manifest.snapshotSha256));
      expect(await site.database.models.active()).toMatchObject({ generation: 1, version });
      expect(await site.database.models.get(version)).toMatchObject({ status: 'archived', active: true });
      await eventually('the hint', () => hints.length === 2);
      expect(hints[1]).toMatchObject({ generation: 1, version, sha256: manifest.file.sha256 });

      // The worker tidies up between the run's last word and the job's.
      await eventually('the job completes', async () => (await site.job(run.id)).isCompleted());
      const job = await site.job(run.id);
      expect(job.returnvalue).toBe(version);
      expect(job.progress).toMatchObject({ progress: 100, fraction: 1 });
      expect(runProgressSchema.safeParse(job.progress).success).toBe(true);
      const log = await site.logOf(run.id);
      for (const line of [
        /^Computing on wasm (relaxed-)?simd, 2 threads: wasm was asked for/,
        /^event-count: .* kept 160 users/,
        /^search epoch 1\/3: loss \d\.\d+, validation NDCG/,
        /^refit epoch 1\//,
        /^popularity: full catalogue HR@10/,
        new RegExp(`^Published ${version} as generation 1`),
      ]) {
        expect(log).toEqual(expect.arrayContaining([expect.stringMatching(line)]));
      }
    },
    TIMEOUT_MS,
  );

  test(
    'that filters everybody out fails at once and says which rule did it',
    async () => {
      const site = await openSite({ provider });
      site.startWorker();
      const { run: submitted } = await site.submit({
        ...smallRequest(),
        data: { ...smallRequest().data, minEvents: 500 },
      });
      const run = await site.ended(submitted.id);
      expect(run).toMatchObject({
        status: 'failed',
        attempts: 1,
        error: { code: 'all-filtered', status: 422, type: 'urn:sommelier:error:all-filtered' },
        modelVersion: null,
      });
      expect(run.error?.detail).toMatch(/160/);
      // The row has its last word first; what the attempt has left is tidied up before the job ends.
      const job = await site.job(run.id);
      expect(await eventually('the job fails', async () => (await job.getState()) === 'failed')).toBe(true);
      expect((await site.job(run.id)).attemptsMade).toBe(1);
      expect(await site.logOf(run.id)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^Attempt 1 of 3 failed \[all-filtered\]/)]),
      );
      expect(await site.database.models.active()).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

describe('training runs in the queue', () => {
  test(
    'an equal request joins a queued run and waits behind a running one, one at a time over two workers',
    async () => {
      const site = await openSite();
      const first = await site.submit(longRequest());
      expect(await site.submit(longRequest())).toMatchObject({ created: false, run: { id: first.run.id } });
      const workers = [site.startWorker(), site.startWorker()];
      for (const worker of workers) await worker.waitForLine(/waiting for training runs/);
      await site.training(first.run.id);
      const second = await site.submit(longRequest());
      expect(second.created).toBe(true);
      expect(await site.submit(longRequest())).toMatchObject({ created: false, run: { id: second.run.id } });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await site.queue.queue.getJobCounts('active', 'prioritized')).toEqual({
        active: 1,
        prioritized: 1,
      });
      expect(await site.run(second.run.id)).toMatchObject({ status: 'queued', startedAtMs: null });

      const [a, b] = [await site.ended(first.run.id), await site.ended(second.run.id)];
      expect([a.status, b.status]).toEqual(['succeeded', 'succeeded']);
      expect(b.startedAtMs ?? 0).toBeGreaterThanOrEqual(a.finishedAtMs ?? Number.POSITIVE_INFINITY);
      expect(await site.database.models.active()).toMatchObject({ generation: 2, version: b.modelVersion });
    },
    TIMEOUT_MS,
  );

  test(
    'jobs that carry no run are dropped, and the worker works on',
    async () => {
      const site = await openSite();
      const worker = site.startWorker();
      await worker.waitForLine(/waiting for training runs/);
      const { queue } = site.queue;
      const foreign: unknown[] = [
        { foo: 1 },
        { runId: 'unknown-run' },
        { runId: '' },
        { runId: 'x', more: 1 },
        null,
      ];
      const jobs = await Promise.all(foreign.map((data) => queue.add('foreign', data as { runId: string })));
      const { run } = await site.submit();
      expect((await site.ended(run.id)).status).toBe('succeeded');
      for (const job of jobs) expect([job.data, await job.getState()]).toEqual([job.data, 'failed']);
      expect((await queue.getJob(jobs[1]?.id ?? ''))?.failedReason).toContain('unknown-run');
    },
    TIMEOUT_MS,
  );

  test(
    'a worker waits for a Redis that is not there yet, and finds the runs that the rows know of',
    async () => {
      const redis = await startRedis();
      await redis.stop();
      const site = await openSite({ redisUrl: redis.url });
      const { run } = await site.database.trainingRuns.createOrJoin(smallRequest(), Date.now());
      const worker = site.startWorker();
      await worker.waitForLine(/does not work yet/);
      const again = await startRedis({ port: redis.port });
      undo.push(() => again.stop());
      expect((await site.ended(run.id)).status).toBe('succeeded');
      await worker.stop();
      expect(await worker.exited()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe('training runs that are interrupted', () => {
  test(
    'a worker that is killed in the middle is replaced, and the snapshot is read in place of the events',
    async () => {
      const site = await openSite();
      const doomed = site.startWorker();
      const { run } = await site.submit(longRequest());
      await site.training(run.id);
      doomed.kill('SIGKILL');
      // What a worker leaves that is killed while it writes a model.
      const halfWritten = join(site.artifactDir, 'models', 'half', `.${run.id}.1.4711.tmp`);
      await mkdir(dirname(halfWritten), { recursive: true });
      await writeFile(halfWritten, 'half a model');
      await site.database.events.insert([
        { timestampMs: Date.UTC(2015, 6, 1), userId: 'late', itemId: 'late', type: 'view' },
      ]);
      site.startWorker();
      const ended = await site.ended(run.id);
      expect(ended).toMatchObject({ status: 'succeeded', attempts: 2 });
      await expect(stat(dirname(halfWritten))).rejects.toThrow('ENOENT');
      const model = await site.database.models.get(ended.modelVersion ?? '');
      expect(model?.manifest.trainedUntilMs).toBe(
        Math.max(...tastyEvents().map((event) => event.timestampMs)),
      );
      expect(await site.logOf(run.id)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^Reading the snapshot [0-9a-f]{64} of an earlier attempt/),
        ]),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a worker that is asked to stop gives its job back, without using up an attempt',
    async () => {
      const site = await openSite();
      const first = site.startWorker();
      const { run } = await site.submit(longRequest());
      const before = await site.training(run.id);
      const askedAtMs = performance.now();
      first.kill('SIGTERM');
      expect(await first.exited()).toBe(0);
      expect(performance.now() - askedAtMs).toBeLessThan(10_000);
      const job = await site.job(run.id);
      expect([await job.getState(), job.attemptsMade]).toEqual(['prioritized', 0]);
      expect(await site.run(run.id)).toMatchObject({ status: 'running', error: null });

      site.startWorker();
      const ended = await site.ended(run.id);
      expect(ended).toMatchObject({ status: 'succeeded', attempts: 2 });
      expect(before.progress?.fraction).toBeLessThan(1);
      await eventually(
        'the job completes',
        async () => (await (await site.job(run.id)).getState()) === 'completed',
      );
      expect((await site.job(run.id)).attemptsMade).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    'a worker that was frozen finds its run taken over, lets go of it, and lives',
    async () => {
      const site = await openSite();
      const frozen = site.startWorker();
      const { run } = await site.submit(longRequest());
      await site.training(run.id);
      frozen.kill('SIGSTOP');
      site.startWorker();
      await eventually('another attempt', async () => (await site.run(run.id)).attempts === 2);
      frozen.kill('SIGCONT');
      await frozen.waitForLine(/giving the job up|another one took over/);
      expect(await site.ended(run.id)).toMatchObject({ status: 'succeeded', attempts: 2, error: null });
      expect(await site.database.models.active()).toMatchObject({ generation: 1 });
      frozen.kill('SIGTERM');
      expect(await frozen.exited()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    'a Redis that goes away for longer than the lock costs an attempt of the row, not the run',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sommelier-redis-'));
      undo.push(() => rm(folder, { recursive: true, force: true }));
      const redis = await startRedis({ folder });
      let running = redis;
      undo.push(() => running.stop());
      const site = await openSite({ redisUrl: redis.url });
      site.startWorker();
      const { run } = await site.submit(longRequest());
      await site.training(run.id);
      await redis.stop();
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      running = await startRedis({ folder, port: redis.port });
      expect(await site.ended(run.id)).toMatchObject({ status: 'succeeded', error: null });
      expect(await site.database.models.active()).toMatchObject({ generation: 1 });
    },
    TIMEOUT_MS,
  );

  test(
    'what may pass is tried again, and the run has not failed meanwhile',
    async () => {
      const site = await openSite();
      const obstacle = join(site.artifactDir, 'snapshots');
      await writeFile(obstacle, 'a file where a folder must be');
      site.startWorker();
      const { run } = await site.submit();
      await eventually('the first attempt fails', async () => (await site.job(run.id)).attemptsMade === 1);
      expect(await site.run(run.id)).toMatchObject({ status: 'running', error: null });
      expect((await site.job(run.id)).failedReason).toContain('[artifact-store]');
      await rm(obstacle);
      expect(await site.ended(run.id)).toMatchObject({ status: 'succeeded', attempts: 2, error: null });
    },
    TIMEOUT_MS,
  );

  test(
    'what does not pass fails with the last attempt',
    async () => {
      const site = await openSite();
      await writeFile(join(site.artifactDir, 'snapshots'), 'a file where a folder must be');
      site.startWorker();
      const { run } = await site.submit();
      const ended = await site.ended(run.id);
      expect(ended).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'artifact-store' } });
    },
    TIMEOUT_MS,
  );

  test(
    'a run does not replace a model that was activated while it trained',
    async () => {
      const site = await openSite();
      site.startWorker();
      const { run } = await site.submit(longRequest());
      await site.training(run.id);
      const other = exampleManifest(1);
      await site.database.models.addCandidate(other);
      const activation = { version: other.version, expectedGeneration: 0, activatedBy: 'test', nowMs: 1 };
      await site.database.models.activate(activation);
      const ended = await site.ended(run.id);
      expect(ended).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'activation-lost' } });
      expect(await site.database.models.active()).toMatchObject({ generation: 1, version: other.version });
      const models = await site.database.models.list({ limit: 10 });
      expect(models.find((model) => model.runId === run.id)).toMatchObject({
        status: 'candidate',
        active: false,
      });
    },
    TIMEOUT_MS,
  );

  test(
    'a run whose model is active already only gets its last word',
    async () => {
      const site = await openSite();
      const { run } = await site.submit();
      const manifest = { ...exampleManifest(1), runId: run.id };
      await site.database.trainingRuns.begin(run.id, 1);
      await site.database.models.addCandidate(manifest);
      const activation = { version: manifest.version, expectedGeneration: 0, activatedBy: 'test', nowMs: 1 };
      await site.database.models.activate(activation);
      site.startWorker();
      const ended = await site.ended(run.id);
      expect(ended).toMatchObject({ status: 'succeeded', attempts: 2, modelVersion: manifest.version });
      expect(ended.metrics).toEqual(manifest.metrics);
      expect(await site.database.models.active()).toMatchObject({ generation: 1 });
    },
    TIMEOUT_MS,
  );
});
