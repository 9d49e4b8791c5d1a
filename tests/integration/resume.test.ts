import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Manifest } from '@sommelier/contracts';
import { checkpointPrefix } from '@sommelier/platform';
import { eventually } from '../support/processes.ts';
import { undoneAfterEach } from '../support/undo.ts';
import { createTrainingSite, longRequest, type TrainingSite } from '../support/workers.ts';

const TIMEOUT_MS = 240_000;
const undo = undoneAfterEach(TIMEOUT_MS);

/** Where each epoch leaves a checkpoint. */
async function openSite(): Promise<TrainingSite> {
  const site = await createTrainingSite({ provider: 'sqlite', redisUrl: process.env.TEST_REDIS_URL ?? '' });
  undo.push(() => site.close());
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-config-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'sommelier.config.json');
  await writeFile(config, JSON.stringify({ runs: { checkpointSeconds: 0 } }));
  return { ...site, startWorker: () => site.startWorker({ SOMMELIER_CONFIG: config }) };
}

async function manifestOf(site: TrainingSite, version: string | null): Promise<Manifest> {
  const model = await site.database.models.get(version ?? '');
  if (model === undefined) throw new Error(`there is no model ${version}`);
  return model.manifest;
}

/** Number of the newest checkpoint of a run. */
async function newestCheckpoint(site: TrainingSite, runId: string): Promise<number> {
  const prefix = checkpointPrefix(runId);
  const newest = (await site.artifacts.list(prefix)).at(-1);
  return Number(newest?.slice(prefix.length).split('-')[1] ?? 0);
}

test(
  'a run whose worker is killed goes on from its last epoch, to the same bytes as an undisturbed one',
  async () => {
    const site = await openSite();
    const request = longRequest({ epochs: 40, patience: 40 });
    const doomed = site.startWorker();
    const { run } = await site.submit(request);
    await eventually('some epochs', async () => (await newestCheckpoint(site, run.id)) >= 5, { everyMs: 10 });
    doomed.kill('SIGKILL');
    await doomed.exited();
    const kept = await newestCheckpoint(site, run.id);
    site.startWorker();
    const ended = await site.ended(run.id);
    expect(ended).toMatchObject({ status: 'succeeded', attempts: 2, error: null });
    // The first checkpoint is of what pre-training leaves: of 0 epochs.
    expect(await site.logOf(run.id)).toContain(`Resumed from epoch ${kept - 1} of the search`);
    expect(ended.metrics?.validationNdcg).toHaveLength(40);

    const undisturbed = await site.submit(request);
    const second = await site.ended(undisturbed.run.id);
    expect(await site.logOf(undisturbed.run.id)).not.toContainEqual(expect.stringContaining('Resumed'));
    const [one, two] = [
      await manifestOf(site, ended.modelVersion),
      await manifestOf(site, second.modelVersion),
    ];
    expect(one.file).toEqual(two.file);
    expect(one.version).not.toBe(two.version);
    const { gate: _, ...metrics } = one.metrics;
    expect(two.metrics).toMatchObject(metrics);
    await eventually(
      'no checkpoint is left',
      async () => (await site.artifacts.list('checkpoints/')).length === 0,
    );
  },
  TIMEOUT_MS,
);
