import { z } from 'zod';
import { metricsSchema } from './metrics.ts';
import { runProgressSchema, runStageSchema, runStatusSchema, trainingRunSchema } from './training-run.ts';

const statusEventSchema = z.object({
  type: z.literal('status'),
  status: runStatusSchema,
  attempt: z.int().describe('Attempts that were begun.'),
});
const stageEventSchema = z.object({ type: z.literal('stage'), stage: runStageSchema });
const epochEventSchema = z
  .object({
    type: z.literal('epoch'),
    phase: runProgressSchema.shape.phase,
    epoch: z.int(),
    epochs: runProgressSchema.shape.epochs,
    loss: runProgressSchema.shape.loss,
  })
  .describe('An epoch is over; of several that were over between two looks, the last.');
const progressEventSchema = z.object({ type: z.literal('progress'), progress: runProgressSchema });
const metricsEventSchema = z.object({ type: z.literal('metrics'), metrics: metricsSchema });
const endEventSchema = z.object({ type: z.literal('end'), run: trainingRunSchema });

/**
 * What `GET /v1/training-runs/{id}/stream` sends: data of a server-sent event whose name is `type`. In this order where
 * several tell of the same moment; `end` is the last.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  statusEventSchema,
  stageEventSchema,
  epochEventSchema,
  progressEventSchema,
  metricsEventSchema,
  endEventSchema,
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** The types of events in the order in which those of one moment are sent. */
export const RUN_EVENT_TYPES = ['status', 'stage', 'epoch', 'progress', 'metrics', 'end'] as const;
