import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { ModelDetail, ModelList, Problem, RunConfig, Schedule, TrainingRun } from '@sommelier/contracts';
import { createLogger, createScheduleQueue, trainingJobId } from '@sommelier/platform';
import { createProcesses, eventually } from '../support/processes.ts';
import { startRedis } from '../support/services/redis.ts';
import { undoneAfterEach } from '../support/undo.ts';
import { createTrainingSite, longRequest, smallRequest, type TrainingSite } from '../support/workers.ts';

const TIMEOUT_MS = 240_000;
const undo = undoneAfterEach(TIMEOUT_MS);

async function openSite(redisUrl = process.env.TEST_REDIS_URL ?? ''): Promise<TrainingSite> {
  const site = await createTrainingSite({ provider: 'sqlite', redisUrl });
  undo.push(() => site.close());
  return site;
}

/** A replica of the site, and what it answers to a request. */
async function openApi(site: TrainingSite) {
  const processes = createProcesses();
  undo.push(() => processes.stopAll());
  const env = { ...site.environment, HOST: '127.0.0.1', PORT: '0', MODEL_POLL_MS: '600000' };
  const child = processes.start('api', { env });
  const { url } = JSON.parse(await child.waitForLine(/"msg":"listening"/)) as { url: string };
  return async <T = Problem>(method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  };
}

/** Everything in the artifact store, temporary files too. */
async function filesOf(site: TrainingSite): Promise<string[]> {
  const entries = await readdir(site.artifactDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function nothingIsLeftOf(site: TrainingSite, runId: string): Promise<void> {
  await eventually('nothing is left', async () => {
    const job = await site.queue.queue.getJob(trainingJobId(runId));
    return job === undefined && (await filesOf(site)).length === 0;
  });
  expect(await site.database.models.list({ limit: 10 })).toEqual([]);
  expect(await site.run(runId)).toMatchObject({ status: 'cancelled', modelVersion: null });
}

const requestOf = ({ model, training, evaluation }: RunConfig) => ({ model, training, evaluation });

describe('cancelling', () => {
  test(
    'a queued run is gone from the queue at once, twice is the same as once, and an unknown run is told',
    async () => {
      const site = await openSite();
      const api = await openApi(site);
      const { run } = await site.submit();
      for (let twice = 0; twice < 2; twice++)
        expect(await api('DELETE', `/v1/training-runs/${run.id}`)).toMatchObject({
          status: 200,
          body: { id: run.id, status: 'cancelled' },
        });
      await nothingIsLeftOf(site, run.id);
      expect(await api('DELETE', '/v1/training-runs/unknown')).toMatchObject({
        status: 404,
        body: { code: 'run-not-found' },
      });
    },
    TIMEOUT_MS,
  );

  test(
    'a run that trains stops, leaves nothing, and the worker takes the next one; a run that has ended stays',
    async () => {
      const site = await openSite();
      const api = await openApi(site);
      const worker = site.startWorker();
      const { run } = await site.submit(
        longRequest({ epochs: 1_000, patience: 1_000, negativesPerPositive: 256 }),
      );
      await site.training(run.id);
      expect(await api('DELETE', `/v1/training-runs/${run.id}`)).toMatchObject({ status: 200 });
      await worker.waitForLine(/was cancelled.*a job failed/);
      await nothingIsLeftOf(site, run.id);

      const next = await site.submit();
      const ended = await site.ended(next.run.id);
      expect(ended).toMatchObject({ status: 'succeeded', attempts: 1 });
      expect(await api('DELETE', `/v1/training-runs/${next.run.id}`)).toMatchObject({
        status: 409,
        body: { code: 'run-ended' },
      });
      expect(await site.run(next.run.id)).toMatchObject({ status: 'succeeded' });
    },
    TIMEOUT_MS,
  );

  test(
    'a worker that never heard of it finds out from the row, and what a dead worker left is taken away',
    async () => {
      const site = await openSite();
      const doomed = site.startWorker();
      const { run } = await site.submit(
        longRequest({ epochs: 1_000, patience: 1_000, negativesPerPositive: 256 }),
      );
      await site.training(run.id);
      // The row alone, as if Redis had been away.
      expect(await site.database.trainingRuns.cancel(run.id, Date.now())).toBe('cancelled');
      await doomed.waitForLine(/was cancelled.*a job failed/);
      await nothingIsLeftOf(site, run.id);

      const second = await site.submit(
        longRequest({ epochs: 1_000, patience: 1_000, negativesPerPositive: 255 }),
      );
      await site.training(second.run.id);
      doomed.kill('SIGKILL');
      await site.database.trainingRuns.cancel(second.run.id, Date.now());
      expect((await filesOf(site)).length).toBeGreaterThan(0);
      site.startWorker();
      await nothingIsLeftOf(site, second.run.id);
    },
    TIMEOUT_MS,
  );
});

describe('the queue', () => {
  test(
    'is paused and resumed over HTTP, takes the urgent first, and remembers both when Redis comes back empty',
    async () => {
      const redis = await startRedis();
      let running = redis;
      undo.push(() => running.stop());
      const site = await openSite(redis.url);
      const api = await openApi(site);
      await eventually('Redis, for the API', async () => (await api('GET', '/v1/queue')).status === 200);
      expect(await api('POST', '/v1/queue/pause')).toMatchObject({ status: 200, body: { paused: true } });
      site.startWorker();
      const train = async (seed: number, priority: number) => {
        const request = requestOf(smallRequest({ seed }));
        return (await api<TrainingRun>('POST', '/v1/training-runs', { ...request, priority })).body;
      };
      const later = await train(1, 9);
      const urgent = await train(2, 6);
      const raised = await train(3, 9);
      expect(await train(3, 1)).toMatchObject({ id: raised.id, priority: 1, coalesced: true });
      expect(await api('GET', '/v1/queue')).toMatchObject({ body: { paused: true, waiting: 3, active: 0 } });

      await redis.stop();
      expect(await api('POST', '/v1/training-runs', {})).toMatchObject({
        status: 503,
        body: { code: 'queue-unavailable' },
      });
      running = await startRedis({ port: redis.port });
      await eventually(
        'the queue has everything again',
        async () => {
          const { body } = await api<{ paused: boolean; waiting: number }>('GET', '/v1/queue');
          return body.paused && body.waiting === 3;
        },
        { timeoutMs: 60_000 },
      );
      expect(await api('POST', '/v1/queue/resume')).toMatchObject({ body: { paused: false } });
      const ended = [];
      for (const { id } of [later, urgent, raised]) ended.push(await site.ended(id));
      expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      const order = ended.sort((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0)).map(({ id }) => id);
      expect(order).toEqual([raised.id, urgent.id, later.id]);
    },
    TIMEOUT_MS,
  );
});

describe('schedules', () => {
  test(
    'are written, shown with their next times, tick, survive an empty Redis, and stop when they are deleted',
    async () => {
      const site = await openSite();
      const api = await openApi(site);
      await eventually('Redis, for the API', async () => (await api('GET', '/v1/queue')).status === 200);
      for (const [body, path] of [
        [{ cron: '61 * * * *' }, 'cron'],
        [{ cron: '0 3 * * *', timeZone: 'Mars/Olympus' }, 'timeZone'],
        [{ cron: '0 0 30 2 *' }, 'cron'],
        [{ cron: '0 3 * * *', jitterSeconds: -1 }, 'jitterSeconds'],
      ] as const)
        expect(await api('PUT', '/v1/schedules/nightly', body)).toMatchObject({
          status: 400,
          body: { errors: [{ path }] },
        });
      expect(await api('PUT', '/v1/schedules/Night!', { cron: '0 3 * * *' })).toMatchObject({ status: 400 });

      const request = requestOf(smallRequest());
      const berlin = { cron: '30 3 * * *', timeZone: 'Europe/Berlin', request };
      const { status, body } = await api<{ nextAtMs: number[] }>('PUT', '/v1/schedules/nightly', berlin);
      expect(status).toBe(201);
      const hours = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
      expect(body.nextAtMs.map((atMs) => hours.format(atMs))).toEqual(['03:30', '03:30', '03:30']);

      const often = { cron: '* * * * * *', request };
      expect(await api('PUT', '/v1/schedules/nightly', often)).toMatchObject({ status: 200 });
      const queue = createScheduleQueue(
        site.environment.REDIS_URL ?? '',
        site.environment.REDIS_PREFIX ?? '',
        createLogger('test', 'silent'),
      );
      undo.push(() => queue.close());
      await eventually('the schedule is in Redis', async () => (await queue.scheduled()).length === 1);
      // As if Redis had come back empty: a worker makes it again from the row.
      await queue.remove('nightly');
      site.startWorker();
      const ticked = await eventually('a tick has started a run', async () => {
        const schedule = await site.database.schedules.get('nightly');
        return schedule?.lastRunId != null && schedule;
      });
      expect(await site.run(ticked.lastRunId ?? '')).toMatchObject({
        request: { training: request.training },
      });
      expect(await api<{ schedules: Schedule[] }>('GET', '/v1/schedules')).toMatchObject({
        body: { schedules: [{ name: 'nightly', lastError: null }] },
      });

      expect(await api('DELETE', '/v1/schedules/nightly')).toMatchObject({ status: 204 });
      expect(await api('DELETE', '/v1/schedules/nightly')).toMatchObject({
        status: 404,
        body: { code: 'schedule-not-found' },
      });
      await eventually('it ticks no more', async () => (await queue.scheduled()).length === 0);
    },
    TIMEOUT_MS,
  );
});

describe('models', () => {
  test(
    'are listed with their lineage, rolled back, pinned, and refused when their files do not check',
    async () => {
      const site = await openSite();
      const api = await openApi(site);
      const versions: string[] = [];
      site.startWorker();
      for (let seed = 1; seed <= 2; seed++) {
        const { run } = await site.submit(smallRequest({ seed }));
        versions.push((await site.ended(run.id)).modelVersion ?? '');
      }
      const [first = '', second = ''] = versions;
      const detail = await api<ModelDetail>('GET', `/v1/models/${second}`);
      expect(detail.body).toMatchObject({
        active: true,
        pinned: false,
        lineage: { seed: 2, engine: { name: 'wasm' }, cpuSeconds: expect.any(Number) },
        activations: [{ generation: 2, previousVersion: first }],
      });
      expect(detail.body.lineage.cpuSeconds).toBeGreaterThan(0);
      expect(detail.body.lineage.snapshotSha256).toMatch(/^[0-9a-f]{64}$/);

      const activate = (version: string, body = {}) => api('POST', `/v1/models/${version}/activate`, body);
      const stale = await activate(first, { expectedGeneration: 1 });
      expect(stale).toMatchObject({ status: 409, body: { code: 'activation-lost' } });
      const back = await activate(first, { activatedBy: 'ana', expectedGeneration: 2 });
      expect(back).toMatchObject({
        status: 200,
        body: { generation: 3, version: first, activatedBy: 'ana' },
      });
      await eventually('the replica serves it', async () => {
        const { body } = await api<{ model: { generation: number | null } }>('GET', '/readyz');
        return body.model.generation === 3;
      });
      await eventually('its lease says so', async () => {
        const served = await site.database.replicaLeases.servedVersions(Date.now());
        return served.length === 1 && served[0] === first;
      });

      expect(await api('POST', `/v1/models/${first}/pin`)).toMatchObject({ body: { pinned: true } });
      expect(await api('POST', `/v1/models/${first}/unpin`)).toMatchObject({ body: { pinned: false } });
      await site.artifacts.put(`models/${second}/model.safetensors`, new Uint8Array(100));
      expect(await activate(second)).toMatchObject({ status: 409, body: { code: 'model-unusable' } });
      await site.artifacts.delete(`models/${second}/model.safetensors`);
      expect(await activate(second)).toMatchObject({ status: 409, body: { code: 'model-unusable' } });
      expect(await activate('20200101T000000Z-0123456789ab')).toMatchObject({ status: 404 });
      const { body } = await api<ModelList>('GET', '/v1/models');
      expect(body.active).toMatchObject({ generation: 3, version: first, activatedBy: 'ana' });
      expect(body.models.map(({ version, active }) => [version, active])).toEqual([
        [second, false],
        [first, true],
      ]);
    },
    TIMEOUT_MS,
  );
});
