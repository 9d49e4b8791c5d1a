import { expect, test } from '@jest/globals';
import { type ModelVersion, SommelierError, type TrainingRun } from '@sommelier/contracts';
import { exampleVersion } from '@sommelier/contracts/testing';
import { createLogger, snapshotKey, type TrainingRunPatch } from '@sommelier/platform';
import { observeAll } from '../observation/run-observer.ts';
import type { AttemptParts } from '../runs/attempt-run.ts';
import type { RunReporter } from '../runs/run-reporter.ts';
import { memoryArtifacts } from '../testing/memory-artifacts.ts';
import type { ThreadRun } from '../thread/thread-handle.ts';
import type { TrainedModel } from '../thread/thread-messages.ts';
import { attemptVerification } from './attempt-verification.ts';

const BASE = exampleVersion(1);
const own = (
  manifest: Partial<ModelVersion['manifest']> = {},
  row: Partial<ModelVersion> = {},
): ModelVersion => {
  const version = exampleVersion(2, row);
  const engine = { name: 'wasm', backend: 'simd', threads: 3 };
  return { ...version, manifest: { ...version.manifest, engine, ...manifest } };
};

/** A run that verifies a version, and what training it again gives or throws. */
async function verify(
  model: ModelVersion,
  options: { train?: Error | Partial<TrainedModel>; snapshot?: boolean; base?: ModelVersion } = {},
) {
  const { store: artifacts, keys } = memoryArtifacts();
  if (options.snapshot !== false)
    await artifacts.put(snapshotKey(model.manifest.snapshotSha256), new Uint8Array(1));
  const before = keys();
  const orders: ThreadRun['order'][] = [];
  const patches: TrainingRunPatch[] = [];
  const { metrics } = model.manifest;
  const trained = { description: model.manifest.file, metrics } as TrainedModel;
  const parts = {
    database: {
      models: {
        get: async (version: string) => [model, options.base].find((one) => one?.version === version),
      },
    },
    artifacts,
    logger: createLogger('test', 'silent'),
    nowMs: () => 7,
    codeRevision: 'unknown',
    surroundings: { engine: 'auto', engineThreads: 1 },
    heapMb: 1,
    train: async ({ order }: ThreadRun) => {
      orders.push(order);
      if (options.train instanceof Error) throw options.train;
      return { ...trained, ...options.train };
    },
  } as unknown as AttemptParts;
  const reporter = {
    patch: async (patch: TrainingRunPatch) => void patches.push(patch),
    progress: () => undefined,
    log: () => undefined,
    flush: async () => undefined,
  } as unknown as RunReporter;
  const run = { id: 'r', verifies: model.version, request: model.manifest.config } as unknown as TrainingRun;
  const observer = observeAll([]).begin({ run, attempt: 1, jobId: undefined, nowMs: 7 });
  const attempt = { run, attempt: 1, scope: 'r.1', snapshotSha256: undefined, observer };
  await attemptVerification(parts, attempt, reporter, new AbortController().signal);
  // Nothing is stored, whatever comes of it.
  expect(keys()).toEqual(before);
  expect(patches).toHaveLength(1);
  expect(patches[0]).toMatchObject({ status: 'succeeded', error: null, finishedAtMs: 7 });
  return { verification: patches[0]?.verification, orders };
}

test('trains from the snapshot, with the engine, build and threads of the version, and compares', async () => {
  const model = own();
  const { verification, orders } = await verify(model);
  expect(verification).toMatchObject({ outcome: 'reproduced' });
  expect(orders).toEqual([
    expect.objectContaining({
      request: model.manifest.config,
      engine: 'wasm',
      engineBuild: 'simd',
      engineThreads: 3,
      isRepetition: true,
      prepared: { snapshotSha256: model.manifest.snapshotSha256, funnel: model.manifest.funnel },
      incumbent: undefined,
      warmStart: undefined,
    }),
  ]);
  const description = { ...model.manifest.file, sha256: 'd'.repeat(64) };
  expect((await verify(model, { train: { description } })).verification).toMatchObject({
    outcome: 'differs',
    bytes: { now: 'd'.repeat(64) },
  });
});

test('begins where the version began', async () => {
  const model = own({ warmStart: BASE.version });
  const { orders } = await verify(model, { base: BASE });
  const { version, trainedUntilMs, file } = BASE.manifest;
  expect(orders[0]?.warmStart).toEqual({ version, trainedUntilMs, file });
});

test.each<[string, ModelVersion, Parameters<typeof verify>[1]]>([
  ['erased', own({}, { status: 'erased' }), {}],
  ['erased', own({ successorOf: BASE.version }), {}],
  ['snapshot-missing', own(), { snapshot: false }],
  ['engine-unavailable', own({ engine: { name: 'abacus', backend: 'wood', threads: 1 } }), {}],
  ['warm-start-missing', own({ warmStart: BASE.version }), {}],
  ['warm-start-missing', own({ warmStart: BASE.version }), { base: { ...BASE, filesDeletedAtMs: 3 } }],
])('is not reproducible, and not trained: %s', async (reason, model, options) => {
  const { verification, orders } = await verify(model, options);
  expect(verification).toMatchObject({ outcome: 'not-reproducible', reason, bytes: null, metrics: [] });
  expect(orders).toEqual([]);
});

test.each([
  ['artifact-not-found', 'snapshot-missing'],
  ['model-file-invalid', 'snapshot-damaged'],
  ['engine-unavailable', 'engine-unavailable'],
  ['model-unusable', 'warm-start-missing'],
  ['training-memory', 'training-failed'],
  ['training-diverged', 'training-failed'],
] as const)('an end with %s means %s', async (code, reason) => {
  const train = new SommelierError(code, 'No way.');
  expect((await verify(own(), { train })).verification).toMatchObject({
    outcome: 'not-reproducible',
    reason,
    detail: 'No way.',
  });
});

test.each(['artifact-store', 'database-unavailable', 'run-timeout', 'internal'] as const)(
  'an end with %s says nothing about the version, and is the run’s own',
  async (code) => {
    await expect(verify(own(), { train: new SommelierError(code, 'Later.') })).rejects.toMatchObject({
      code,
    });
  },
);
