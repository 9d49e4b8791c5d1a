import { z } from 'zod';
import { versionSchema } from './manifest.ts';

/** Name of the BullMQ queue that carries training runs. */
export const TRAINING_QUEUE = 'training';

/** What a job carries: the id of the row, and nothing else, since the row is the truth. */
export const trainingJobSchema = z.strictObject({ runId: z.string().min(1).max(64) });
export type TrainingJob = z.infer<typeof trainingJobSchema>;

/** Redis channel on which a worker says that another model is active. */
export const MODEL_READY_CHANNEL = 'model-ready';

/** A hint that `ActiveModel` changed. Not strict: a newer sender may say more during a rolling deploy. */
export const modelReadySchema = z.object({
  schemaVersion: z.literal(1),
  generation: z.int().min(1),
  version: versionSchema,
  sha256: z.string(),
  publishedAt: z.number(),
});
export type ModelReady = z.infer<typeof modelReadySchema>;

/** Redis channel on which whoever cancels a run says so to the worker that has it. A hint: the row is the truth. */
export const RUN_CANCELLED_CHANNEL = 'run-cancelled';

/** Redis channel on which a writer says that the `Change` table has new rows. The hint carries nothing. */
export const CHANGES_CHANNEL = 'changes';
