import { expect, test } from '@jest/globals';
import type { ModelVersion, TrainingRun } from '@sommelier/contracts';
import { snapshotKey } from '@sommelier/platform';
import { createProcesses, eventually } from '../support/processes.ts';
import { runCli } from '../support/run-cli.ts';
import { undoneAfterEach } from '../support/undo.ts';
import { createTrainingSite, smallRequest, type TrainingSite } from '../support/workers.ts';

const TIMEOUT_MS = 240_000;
const undo = undoneAfterEach(TIMEOUT_MS);

async function openSite(): Promise<TrainingSite> {
  const site = await createTrainingSite({ provider: 'sqlite', redisUrl: process.env.TEST_REDIS_URL ?? '' });
  undo.push(() => site.close());
  return site;
}

/** The address of a replica of the site that reaches the queue. */
async function openApi(site: TrainingSite): Promise<string> {
  const processes = createProcesses();
  undo.push(() => processes.stopAll());
  const env = { ...site.environment, HOST: '127.0.0.1', PORT: '0' };
  const child = processes.start('api', { env });
  const { url } = JSON.parse(await child.waitForLine(/"msg":"listening"/)) as { url: string };
  await eventually('Redis, for the API', async () => (await fetch(`${url}/v1/queue`)).status === 200);
  return url;
}

async function modelOf(site: TrainingSite, { modelVersion }: TrainingRun): Promise<ModelVersion> {
  const model = await site.database.models.get(modelVersion ?? '');
  if (model === undefined) throw new Error(`there is no model ${modelVersion}`);
  return model;
}

test(
  'a version is trained again and compared, whatever the worker is set to, and nothing is published',
  async () => {
    const site = await openSite();
    const url = await openApi(site);
    const verify = async (version: string) => {
      const { code, stdout } = await runCli(['verify', version], { SOMMELIER_URL: url });
      return { code, outcome: stdout.split('\n')[0], stdout };
    };
    const first = site.startWorker();
    const base = await modelOf(site, await site.ended((await site.submit()).run.id));
    const request = { ...smallRequest({ seed: 2 }), warmStart: true, force: 'the test' };
    const model = await modelOf(site, await site.ended((await site.submit(request)).run.id));
    const { manifest } = model;
    expect([base.manifest.warmStart, manifest.warmStart]).toEqual([null, base.version]);
    await first.stop();
    // One thread by default, where the versions were trained by two; and the log has grown meanwhile.
    site.startWorker({ ENGINE_THREADS: '1' });
    const late = { timestampMs: Date.UTC(2015, 6, 1), userId: 'late', itemId: 'late', type: 'view' };
    await site.database.events.insert([late]);

    expect(await verify(model.version)).toMatchObject({ code: 0, outcome: 'reproduced' });
    const [run] = await site.database.trainingRuns.list({ limit: 1 });
    expect(run).toMatchObject({
      kind: 'verify',
      verifies: model.version,
      status: 'succeeded',
      modelVersion: null,
      verification: { outcome: 'reproduced', reason: null, bytes: null, metrics: [] },
    });

    // A record that is not true of the model that it is of.
    const wrong = structuredClone({ ...base.manifest, version: '20200101T000000Z-0123456789ab' });
    wrong.file.sha256 = 'f'.repeat(64);
    wrong.metrics.neumf.full.hr.mean += 0.25;
    await site.database.models.addCandidate(wrong);
    const differs = await verify(wrong.version);
    expect(differs).toMatchObject({ code: 1, outcome: 'differs' });
    expect(differs.stdout).toContain(`sha256 ${'f'.repeat(64)} is now ${base.manifest.file.sha256}`);
    expect(differs.stdout).toMatch(/\n {2}neumf\.full\.hr\.mean 0\.\d+ is now 0\.\d+\n$/);

    await site.artifacts.delete(snapshotKey(manifest.snapshotSha256));
    const missing = { code: 3, outcome: 'not-reproducible: snapshot-missing' };
    expect(await verify(model.version)).toMatchObject(missing);

    expect(await site.database.models.active()).toMatchObject({ generation: 2, version: model.version });
    const versions = (await site.database.models.list({ limit: 10 })).map(({ version }) => version);
    expect(versions.sort()).toEqual([wrong.version, base.version, model.version].sort());
  },
  TIMEOUT_MS,
);
