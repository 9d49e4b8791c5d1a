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

export const modelStatusSchema = z.enum(['candidate', 'archived', 'rejected']);
export type ModelStatus = z.infer<typeof modelStatusSchema>;

/** A model version as the API shows it. */
export const modelVersionSchema = z.object({
  version: z.string(),
  runId: z.string(),
  status: modelStatusSchema,
  active: z.boolean(),
  createdAtMs: z.number(),
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
