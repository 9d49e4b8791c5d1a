import { z } from 'zod';
import { runConfigSchema } from './config.ts';
import { funnelSchema, metricsSchema } from './metrics.ts';

export const MODEL_FORMAT_VERSION = 1;

/** A user with the exact top items and float64 logits that every reader of the file has to reproduce. */
export const probeSchema = z.object({
  userId: z.string(),
  items: z.array(z.object({ itemId: z.string(), score: z.number() })),
});
export type Probe = z.infer<typeof probeSchema>;

export const versionSchema = z.string().regex(/^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}$/, 'not a model version');

/** `<version>/manifest.json`: what a model file is, where it comes from, and how to check it. */
export const manifestSchema = z.object({
  formatVersion: z.literal(MODEL_FORMAT_VERSION),
  version: versionSchema,
  runId: z.string(),
  config: runConfigSchema,
  counts: z.object({ users: z.int().min(1), items: z.int().min(1), interactions: z.int().min(1) }),
  /** Optional parts of the model; a reader that does not know one of them refuses the file. */
  components: z.array(z.string()),
  funnel: funnelSchema,
  /** SHA-256 of the snapshot of prepared columns that the model was trained on. */
  snapshotSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The version that the training began from; null or absent = from the beginning. */
  warmStart: versionSchema.nullable().optional(),
  /** Time of the newest event that the model has seen (Unix ms). */
  trainedUntilMs: z.number(),
  metrics: metricsSchema,
  engine: z.object({ name: z.string(), backend: z.string(), threads: z.int() }),
  file: z.object({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/), sizeBytes: z.int() }),
  probes: z.array(probeSchema),
  /** The version that this one replaces, which had users that were erased since. */
  successorOf: versionSchema.optional(),
  codeRevision: z.string(),
  createdAtMs: z.number(),
  trainingSeconds: z.number(),
  /** Processor time of the worker for the attempt that made it, all threads together. */
  cpuSeconds: z.number().min(0).optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;
