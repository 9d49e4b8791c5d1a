import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RUN_STATUSES, type RunStatus } from '@sommelier/contracts';
import { checkpointKey, openArtifactStore } from '@sommelier/platform';
import { type CheckpointFiles, discardOldCheckpoints } from './discard-checkpoints.ts';

let artifactDir: string;
beforeEach(async () => {
  artifactDir = await mkdtemp(join(tmpdir(), 'sommelier-checkpoints-'));
});
afterEach(() => rm(artifactDir, { recursive: true, force: true }));

/** A run in each state, and one that nobody knows, each with a checkpoint and half of another. */
async function checkpointsOf(runIds: readonly string[]): Promise<CheckpointFiles> {
  const artifacts = openArtifactStore(artifactDir);
  for (const runId of runIds) {
    await artifacts.put(checkpointKey(runId, { attempt: 1, number: 1, sha256: 'a' }), new Uint8Array(1));
    const folder = join(artifactDir, 'checkpoints', runId);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `.${runId}.1.0b5f9c0e.tmp`), 'half');
  }
  const get = async (id: string) =>
    RUN_STATUSES.includes(id as RunStatus) ? { status: id as RunStatus } : undefined;
  const database = { trainingRuns: { get } } as unknown as CheckpointFiles['database'];
  return { artifacts, artifactDir, database };
}

test('the checkpoints of every run that is over go, with what was half written', async () => {
  const parts = await checkpointsOf([...RUN_STATUSES, 'unknown']);
  await discardOldCheckpoints(parts);
  await discardOldCheckpoints(parts);
  const left = (await readdir(join(artifactDir, 'checkpoints'), { recursive: true })).sort();
  expect(left).toEqual([
    'queued',
    'queued/.queued.1.0b5f9c0e.tmp',
    'queued/000001-000001-a.safetensors',
    'running',
    'running/.running.1.0b5f9c0e.tmp',
    'running/000001-000001-a.safetensors',
  ]);
});
