import { type Manifest, type ModelVersion, manifestSchema, runConfigSchema } from '../index.ts';

const estimate = { mean: 0.5, low: 0.4, high: 0.6 };
const report = { full: { hr: estimate, ndcg: estimate }, sampled: { hr: estimate, ndcg: estimate } };

/** A valid manifest of no real model; the index tells versions apart: each is a day newer than the one before. */
export function exampleManifest(index: number): Manifest {
  const digits = String(index).padStart(6, '0');
  return manifestSchema.parse({
    formatVersion: 1,
    version: `20260101T${digits}Z-0123456789ab`,
    runId: `run-${index}`,
    config: runConfigSchema.parse({}),
    counts: { users: 2, items: 3, interactions: 4 },
    components: [],
    funnel: { asOfMs: 10, fromMs: null, steps: [], eventsByType: { view: 4 }, interactions: 4 },
    snapshotSha256: digits.padStart(64, 'a'),
    trainedUntilMs: 10,
    metrics: {
      protocol: {
        split: 'chronological-leave-one-out',
        cutoff: 10,
        users: 2,
        sampledNegatives: 99,
        seed: 42,
      },
      epochs: 3,
      validationNdcg: [0.1, 0.2, 0.3],
      pretraining: null,
      neumf: report,
      popularity: report,
      itemKnn: report,
    },
    engine: { name: 'example', backend: 'none', threads: 1 },
    file: { name: 'model.safetensors', sha256: 'b'.repeat(64), sizeBytes: 8 },
    probes: [{ userId: 'u"ü', items: [{ itemId: 'i', score: 0.1 + 0.2 }] }],
    codeRevision: 'unknown',
    createdAtMs: Date.UTC(2026, 0, index),
    trainingSeconds: 0.5,
  });
}

/** Its row. */
export function exampleVersion(index: number, row: Partial<ModelVersion> = {}): ModelVersion {
  const manifest = exampleManifest(index);
  const { version, runId, createdAtMs } = manifest;
  const plain = {
    status: 'archived',
    active: false,
    pinned: false,
    filesDeletedAtMs: null,
    erasedThrough: 0,
  } as const;
  return { version, runId, createdAtMs, manifest, ...plain, ...row };
}
