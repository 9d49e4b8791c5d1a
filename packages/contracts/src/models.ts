import { z } from 'zod';
import { manifestSchema } from './manifest.ts';

/** What a replica serves. */
export const servingStatusSchema = z.object({
  version: z.string().nullable().describe('null: it has no model yet.'),
  generation: z.int().nullable(),
  loadedAtMs: z.number().nullable(),
  lastReloadError: z
    .object({
      version: z.string().nullable(),
      generation: z.int().nullable(),
      code: z.string(),
      message: z.string(),
      atMs: z.number(),
      failures: z.int(),
    })
    .nullable()
    .describe('Why the last reload failed; null when it did not.'),
});
export type ServingStatus = z.infer<typeof servingStatusSchema>;

export const modelStatusSchema = z.enum(['candidate', 'archived', 'rejected', 'erased']);
export type ModelStatus = z.infer<typeof modelStatusSchema>;

/** A model version as the API shows it. */
export const modelVersionSchema = z.object({
  version: z.string(),
  runId: z.string(),
  status: modelStatusSchema,
  active: z.boolean(),
  createdAtMs: z.number(),
  /** Retention leaves it alone. */
  pinned: z.boolean(),
  /** When retention deleted the files; such a version cannot be activated any more. */
  filesDeletedAtMs: z.number().nullable(),
  erasedThrough: z
    .int()
    .min(0)
    .describe('Erasures up to the one with this id are carried out in it; 0: none was needed.'),
  manifest: manifestSchema,
});
export type ModelVersion = z.infer<typeof modelVersionSchema>;

/** The one row that says which model is served; the generation grows with every change of it. */
export const activeModelSchema = z.object({
  generation: z.int().min(1),
  version: z.string(),
  activatedBy: z.string(),
  activatedAtMs: z.number(),
});
export type ActiveModel = z.infer<typeof activeModelSchema>;

/** One activation of the history: who made which version the active one, and when. */
export const activationSchema = activeModelSchema.extend({ previousVersion: z.string().nullable() });
export type Activation = z.infer<typeof activationSchema>;

/** Where a version comes from: what has to be the same for the same bytes, and what it cost. */
export const lineageSchema = z.object({
  runId: z.string(),
  snapshotSha256: z.string(),
  trainedUntilMs: z.number(),
  seed: z.int(),
  codeRevision: z.string(),
  engine: manifestSchema.shape.engine,
  fileSha256: z.string(),
  /** The version that the training began from. */
  warmStart: z.string().nullable(),
  trainingSeconds: z.number(),
  /** Processor time of the worker for the attempt that made it; null for versions of before it was taken. */
  cpuSeconds: z.number().nullable(),
  /** The version that this one replaced when users were erased: such a one cannot be trained again. */
  successorOf: z.string().nullable(),
});
export type Lineage = z.infer<typeof lineageSchema>;

/** Answer of `GET /v1/models/{version}`. */
export const modelDetailSchema = modelVersionSchema.extend({
  lineage: lineageSchema,
  /** Newest first. */
  activations: z.array(activationSchema),
});
export type ModelDetail = z.infer<typeof modelDetailSchema>;

/** Answer of `GET /v1/models`. */
export const modelListSchema = z.object({
  active: activeModelSchema.nullable(),
  models: z.array(modelVersionSchema),
});
export type ModelList = z.infer<typeof modelListSchema>;

/** Body of `POST /v1/models/{version}/activate`. */
export const activationRequestSchema = z.strictObject({
  /** Who wants it, for the history. */
  activatedBy: z.string().trim().min(1).max(180).default('api'),
  /** Refuse unless this generation is the active one. */
  expectedGeneration: z.int().min(0).optional(),
  /** Activate a version that the gate has rejected, too. */
  force: z.boolean().default(false),
});
export type ActivationRequest = z.infer<typeof activationRequestSchema>;
/** What `GET /v1/models` takes. */
export const modelsQueryShape = {
  limit: z.int().min(1).max(100).default(20).describe('How many, the newest first.'),
};
export const modelsSchema = z.object({
  serving: servingStatusSchema,
  active: activeModelSchema.nullable().describe('What every replica should serve.'),
  models: z.array(modelVersionSchema),
});
export type Models = z.infer<typeof modelsSchema>;
