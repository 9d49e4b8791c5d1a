import { type Manifest, type ModelVersion, manifestSchema, runConfigSchema } from '@sommelier/contracts';

const estimate = { mean: 0.5, low: 0.4, high: 0.6 };
const report = { full: { hr: estimate, ndcg: estimate }, sampled: { hr: estimate, ndcg: estimate } };

/** A valid manifest of no real model, made on a day of January 2026. */
export function exampleManifest(day: number): Manifest {
  const two = String(day).padStart(2, '0');
  return manifestSchema.parse({
    formatVersion: 1,
    version: `202601${two}T000000Z-0123456789ab`,
    runId: `run-${day}`,
    config: runConfigSchema.parse({}),
    counts: { users: 2, items: 3, interactions: 4 },
    components: [],
    funnel: { asOfMs: 10, fromMs: null, steps: [], eventsByType: { view: 4 }, interactions: 4 },
    snapshotSha256: two.padStart(64, 'a'),
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
    probes: [],
    codeRevision: 'unknown',
    createdAtMs: Date.UTC(2026, 0, day),
    trainingSeconds: 0.5,
  });
}

/** Its row. */
export function exampleVersion(day: number, row: Partial<ModelVersion> = {}): ModelVersion {
  const manifest = exampleManifest(day);
  const { version, runId, createdAtMs } = manifest;
  const plain = { status: 'archived', active: false, pinned: false, filesDeletedAtMs: null } as const;
  return { version, runId, createdAtMs, manifest, ...plain, ...row };
}
