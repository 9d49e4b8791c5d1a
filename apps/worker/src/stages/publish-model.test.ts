import { describe, expect, test } from '@jest/globals';
import { type Manifest, SommelierError } from '@sommelier/contracts';
import { exampleManifest, exampleVersion } from '@sommelier/contracts/testing';
import type { ModelStore } from '@sommelier/platform';
import { memoryArtifacts } from '../testing/memory-artifacts.ts';
import { publishModel } from './publish-model.ts';

const manifest = exampleManifest(1);
const FILES = [`models/${manifest.version}/manifest.json`, `models/${manifest.version}/model.safetensors`];

/** Rows in memory; what fails is up to the test. */
function rows(fails: { add?: boolean; addAnswer?: boolean; activate?: Error | 'other' } = {}) {
  const candidates = new Map<string, Manifest>();
  const refuse = () => Promise.reject(new Error('nobody calls this here'));
  const models: ModelStore = {
    async addCandidate(added) {
      if (fails.add) throw new SommelierError('database-unavailable', 'away');
      candidates.set(added.version, added);
      if (fails.addAnswer) throw new SommelierError('database-unavailable', 'away');
    },
    async activate({ version, expectedGeneration, activatedBy, nowMs }) {
      if (fails.activate instanceof Error) throw fails.activate;
      if (fails.activate === 'other') return undefined;
      return { version, generation: expectedGeneration + 1, activatedBy, activatedAtMs: nowMs };
    },
    get: async (version) => (candidates.has(version) ? exampleVersion(1) : undefined),
    deleteCandidate: async (version) => candidates.delete(version),
    list: refuse,
    active: refuse,
    activations: refuse,
    setPinned: refuse,
    candidatesOf: refuse,
    versionsOf: refuse,
    retire: refuse,
    reject: refuse,
    rejectedBy: refuse,
    behind: refuse,
    passErasures: refuse,
    supersede: refuse,
    filesErased: refuse,
  };
  return { models, versions: () => [...candidates.keys()] };
}

function publish(
  parts: { models: ModelStore; artifacts: ReturnType<typeof memoryArtifacts>['store'] },
  confirm: () => Promise<void> = async () => {},
) {
  return publishModel({
    ...parts,
    manifest,
    file: new Uint8Array(8),
    erasedThrough: 0,
    baseGeneration: async () => 4,
    run: { id: manifest.runId, attempt: 1 },
    nowMs: () => 77,
    confirm,
  });
}

describe('publishModel', () => {
  test('stores both files and the row, activates, and says so', async () => {
    const { store: artifacts, keys } = memoryArtifacts();
    const { models, versions } = rows();
    expect(await publish({ models, artifacts })).toEqual({
      schemaVersion: 1,
      generation: 5,
      version: manifest.version,
      sha256: manifest.file.sha256,
      publishedAt: 77,
    });
    expect([keys(), versions()]).toEqual([FILES, [manifest.version]]);
  });

  test.each(FILES)('a disk that is full at %s leaves neither file nor row', async (full) => {
    const { store: artifacts, keys } = memoryArtifacts((key) => key === full);
    const { models, versions } = rows();
    await expect(publish({ models, artifacts })).rejects.toMatchObject({ code: 'artifact-store' });
    expect([keys(), versions()]).toEqual([[], []]);
  });

  test('a row that cannot be written takes the files with it', async () => {
    const { store: artifacts, keys } = memoryArtifacts();
    const publishing = publish({ models: rows({ add: true }).models, artifacts });
    await expect(publishing).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(keys()).toEqual([]);
  });

  test('a row that was written, though its answer was lost, keeps the files', async () => {
    const { store: artifacts, keys } = memoryArtifacts();
    const publishing = publish({ models: rows({ addAnswer: true }).models, artifacts });
    await expect(publishing).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(keys()).toEqual(FILES);
  });

  test('a run that is not wanted any more writes nothing', async () => {
    const { store: artifacts, keys } = memoryArtifacts();
    const { models, versions } = rows();
    const publishing = publish({ models, artifacts }, () => Promise.reject(new Error('cancelled')));
    await expect(publishing).rejects.toThrow('cancelled');
    expect([keys(), versions()]).toEqual([[], []]);
  });

  test('a run that is cancelled between its files and the activation leaves nothing', async () => {
    const { store: artifacts, keys } = memoryArtifacts();
    const { models, versions } = rows({ activate: new SommelierError('run-ended', 'cancelled') });
    await expect(publish({ models, artifacts })).rejects.toMatchObject({ code: 'run-ended' });
    expect([keys(), versions()]).toEqual([[], []]);
  });

  test('a model that lost against a newer one stays as a candidate', async () => {
    const { store: artifacts, keys } = memoryArtifacts();
    const { models, versions } = rows({ activate: 'other' });
    await expect(publish({ models, artifacts })).rejects.toMatchObject({ code: 'activation-lost' });
    expect([keys(), versions()]).toEqual([FILES, [manifest.version]]);
  });
});
