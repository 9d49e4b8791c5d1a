import { expect, test } from '@jest/globals';
import type { ModelVersion } from '@sommelier/contracts';
import { exampleManifest, exampleVersion } from '@sommelier/contracts/testing';
import { createLogger, manifestKey, modelKey, snapshotKey } from '@sommelier/platform';
import { applyRetention, type RetentionParts } from './retention.ts';
import { memoryArtifacts } from './testing/memory-artifacts.ts';

const NOW_MS = Date.UTC(2026, 0, 31);
const versionOf = (day: number) => exampleManifest(day).version;

/** Versions of these days, the newest first, with their files and snapshots. */
async function shop(options: {
  days: number[];
  rows?: Record<number, Partial<ModelVersion>>;
  served?: number[];
  previous?: number;
  refusesToRetire?: number;
  running?: boolean;
  /** Whether an erasure is under way. */
  erasing?: boolean;
  /** Days whose versions are too old for the list. */
  unlisted?: number[];
}) {
  const { days, rows = {}, served = [], previous, refusesToRetire, running = false } = options;
  const { unlisted = [], erasing = false } = options;
  const { store: artifacts, keys } = memoryArtifacts();
  const versions = [...days].sort((a, b) => b - a).map((day) => exampleVersion(day, rows[day]));
  for (const { version, manifest } of versions) {
    await artifacts.put(modelKey(version), new Uint8Array(1));
    await artifacts.put(manifestKey(version), new Uint8Array(1));
    await artifacts.put(snapshotKey(manifest.snapshotSha256), new Uint8Array(1));
  }
  const active = versions.find((each) => each.active);
  const database = {
    models: {
      list: async () => versions.filter(({ version }) => !unlisted.map(versionOf).includes(version)),
      get: async (version: string) => versions.find((each) => each.version === version),
      retire: async (version: string) => version !== versionOf(refusesToRetire ?? 0),
      // The active version stands twice: it was activated again.
      activations: async () =>
        [active?.version, active?.version, previous === undefined ? undefined : versionOf(previous)].flatMap(
          (version) => (version === undefined ? [] : [{ version }]),
        ),
    },
    erasures: { unfinished: async () => (erasing ? [{}] : []) },
    replicaLeases: { servedVersions: async () => served.map(versionOf) },
    trainingRuns: { list: async () => (running ? [{}] : []) },
  } as unknown as RetentionParts['database'];
  const apply = (keep: number) =>
    applyRetention({
      database,
      artifacts,
      artifactDir: '/nonexistent',
      keep,
      logger: createLogger('test', 'silent'),
      nowMs: () => NOW_MS,
    });
  const daysWith = (pattern: RegExp) =>
    keys()
      .flatMap((key) => pattern.exec(key)?.[1] ?? [])
      .map(Number);
  return {
    apply,
    artifacts,
    models: () => daysWith(/^models\/202601\d\dT(\d{6})Z.*safetensors$/),
    manifests: () => daysWith(/^models\/202601\d\dT(\d{6})Z.*json$/),
    snapshots: () => daysWith(/^snapshots\/a{58}(\d{6})\./),
  };
}

test('keeps the newest, the active one, the one before it, the pinned and the served', async () => {
  const { apply, models, manifests, snapshots } = await shop({
    days: [1, 2, 3, 4, 5, 6, 7, 8],
    rows: { 2: { active: true }, 4: { pinned: true } },
    previous: 3,
    served: [5],
  });
  expect(await apply(2)).toEqual([versionOf(6), versionOf(1)]);
  for (const kept of [models(), manifests(), snapshots()]) expect(kept).toEqual([2, 3, 4, 5, 7, 8]);
});

test('leaves a version alone that was activated or pinned a moment ago', async () => {
  const { apply, models } = await shop({
    days: [1, 2, 3],
    rows: { 3: { active: true } },
    refusesToRetire: 1,
  });
  expect(await apply(1)).toEqual([versionOf(2)]);
  expect(models()).toEqual([1, 3]);
});

test('finishes a deletion that was cut off, and removes old files without a row, but no young ones', async () => {
  const { apply, models, artifacts } = await shop({
    days: [1, 2],
    rows: { 1: { filesDeletedAtMs: 5 }, 2: { active: true } },
  });
  const young = `${new Date(NOW_MS - 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-0123456789ab`;
  await artifacts.put(modelKey(versionOf(9)), new Uint8Array(1));
  await artifacts.put(modelKey(young), new Uint8Array(1));
  expect(await apply(5)).toEqual([]);
  expect(models()).toEqual([2, 235_900]);
});

test('keeps the one before the active also where a successor has taken its place', async () => {
  const runId = exampleManifest(1).runId;
  const { apply, models } = await shop({
    days: [1, 2, 3, 4],
    // 1 was active before 4, and was then replaced by 2, which is of the same run.
    rows: { 1: { filesDeletedAtMs: 5 }, 2: { runId }, 4: { active: true } },
    previous: 1,
  });
  expect(await apply(0)).toEqual([versionOf(3)]);
  expect(models()).toEqual([2, 4]);
});

test('leaves files without a row alone while users are erased: a successor has an old name', async () => {
  const { apply, models, artifacts } = await shop({
    days: [2],
    rows: { 2: { active: true } },
    erasing: true,
  });
  await artifacts.put(modelKey(versionOf(1)), new Uint8Array(1));
  await apply(5);
  expect(models()).toEqual([1, 2]);
});

test('leaves snapshots alone while a run may be writing one', async () => {
  const { apply, snapshots } = await shop({ days: [1, 2], rows: { 2: { active: true } }, running: true });
  await apply(0);
  expect(snapshots()).toEqual([1, 2]);
});

test('keeps the snapshot as long as the files of a version that names it, also of one too old to be listed', async () => {
  const { apply, models, snapshots } = await shop({
    days: [1, 2, 3, 4],
    rows: { 1: { pinned: true }, 2: { filesDeletedAtMs: 5 }, 4: { active: true } },
    unlisted: [1, 2],
  });
  expect(await apply(1)).toEqual([versionOf(3)]);
  expect(models()).toEqual([1, 4]);
  expect(snapshots()).toEqual([1, 4]);
});
