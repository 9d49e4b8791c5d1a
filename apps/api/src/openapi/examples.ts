import {
  type ActiveModel,
  type Erasure,
  type ModelDetail,
  type ModelVersion,
  runConfigSchema,
  type ShownSchedule,
  type TrainingRun,
} from '@sommelier/contracts';

const CONFIG = runConfigSchema.parse({});
const VERSION = '20260101T120000Z-0123456789ab';
const RUN_ID = '5c0f7a52-7f0e-4d5a-9a44-2d0a6f8c1b3e';
const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

const estimate = (mean: number) => ({ mean, low: mean - 0.01, high: mean + 0.01 });
const report = (hr: number, ndcg: number) => {
  const ranking = { hr: estimate(hr), ndcg: estimate(ndcg) };
  return { full: ranking, sampled: ranking };
};

/** A run that waits in the queue. */
export const EXAMPLE_RUN: TrainingRun = {
  id: RUN_ID,
  kind: 'train',
  status: 'queued',
  stage: null,
  progress: null,
  request: CONFIG,
  funnel: null,
  metrics: null,
  error: null,
  modelVersion: null,
  verifies: null,
  verification: null,
  timings: null,
  attempts: 0,
  priority: 5,
  createdAtMs: 1_767_268_000_000,
  startedAtMs: null,
  finishedAtMs: null,
};

/** A schedule that has started that run. */
export const EXAMPLE_SCHEDULE: ShownSchedule = {
  name: 'nightly',
  cron: '30 3 * * *',
  timeZone: 'Europe/Berlin',
  jitterSeconds: 300,
  request: {},
  priority: 5,
  enabled: true,
  createdAtMs: 1_767_000_000_000,
  updatedAtMs: 1_767_000_000_000,
  lastTickAtMs: 1_767_234_600_000,
  lastRunId: RUN_ID,
  lastError: null,
  nextAtMs: [1_767_321_000_000, 1_767_407_400_000, 1_767_493_800_000],
};

/** A model; its numbers are made up. */
export const EXAMPLE_MODEL: ModelVersion = {
  version: VERSION,
  runId: RUN_ID,
  status: 'candidate',
  active: true,
  createdAtMs: 1_767_268_790_000,
  pinned: false,
  filesDeletedAtMs: null,
  erasedThrough: 0,
  manifest: {
    formatVersion: 1,
    version: VERSION,
    runId: RUN_ID,
    config: CONFIG,
    counts: { users: 12_000, items: 9_000, interactions: 84_000 },
    components: [],
    funnel: {
      asOfMs: 1_767_268_000_000,
      fromMs: null,
      steps: [
        {
          rule: 'stored',
          description: 'events that are stored',
          kept: { users: 50_000, items: 20_000, events: 300_000 },
          dropped: { users: 0, items: 0, events: 0 },
        },
      ],
      eventsByType: { view: 290_000, addtocart: 8_000, transaction: 2_000 },
      interactions: 84_000,
    },
    snapshotSha256: HASH,
    trainedUntilMs: 1_767_268_000_000,
    metrics: {
      protocol: {
        split: 'chronological-leave-one-out',
        cutoff: 10,
        users: 10_000,
        sampledNegatives: 99,
        seed: 42,
      },
      epochs: 9,
      validationNdcg: [0.1, 0.12],
      pretraining: null,
      neumf: report(0.2, 0.12),
      popularity: report(0.05, 0.03),
      itemKnn: report(0.18, 0.11),
    },
    engine: { name: 'wasm', backend: 'simd', threads: 4 },
    file: { name: 'model.safetensors', sha256: HASH, sizeBytes: 4_000_000 },
    probes: [{ userId: '257597', items: [{ itemId: '461686', score: 2.318 }] }],
    codeRevision: 'unknown',
    createdAtMs: 1_767_268_780_000,
    trainingSeconds: 12.5,
  },
};

/** An activation of that model, after another one. */
export const EXAMPLE_ACTIVATION: ActiveModel = {
  generation: 3,
  version: VERSION,
  activatedBy: 'ana',
  activatedAtMs: 1_767_268_799_000,
};

/** That model with where it comes from, and when it was active. */
export const EXAMPLE_MODEL_DETAIL: ModelDetail = {
  ...EXAMPLE_MODEL,
  lineage: {
    runId: RUN_ID,
    snapshotSha256: EXAMPLE_MODEL.manifest.snapshotSha256,
    trainedUntilMs: EXAMPLE_MODEL.manifest.trainedUntilMs,
    seed: EXAMPLE_MODEL.manifest.config.training.seed,
    codeRevision: EXAMPLE_MODEL.manifest.codeRevision,
    engine: EXAMPLE_MODEL.manifest.engine,
    fileSha256: EXAMPLE_MODEL.manifest.file.sha256,
    warmStart: null,
    trainingSeconds: EXAMPLE_MODEL.manifest.trainingSeconds,
    cpuSeconds: 240,
    successorOf: null,
  },
  activations: [{ ...EXAMPLE_ACTIVATION, previousVersion: null }],
};

/** An erasure that waits for one of two replicas. */
export const EXAMPLE_ERASURE: Erasure = {
  id: 1,
  state: 'running',
  userHash: '7de1b2bff9d06b11aade36d9141b8bc334f6aa82cd81061904b2803dfff1e064',
  requestedAtMs: 1_767_268_900_000,
  finishedAtMs: null,
  eventsDeleted: 41,
  versionsReplaced: 2,
  versionsDeleted: 0,
  snapshotsDeleted: 1,
  filesDeleted: 3,
  filesToDelete: 2,
  replicas: { confirmed: 1, waitingFor: 1 },
};
