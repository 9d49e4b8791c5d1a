import { z } from 'zod';
import { manifestSchema } from './manifest.ts';

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
