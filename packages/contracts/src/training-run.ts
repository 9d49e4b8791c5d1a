import { z } from 'zod';
import { type RunConfig, runConfigSchema } from './config.ts';
import { forceSchema } from './gate.ts';
import { funnelSchema, metricsSchema } from './metrics.ts';
import { presetSchema } from './presets.ts';
import { problemSchema } from './problem.ts';
import { verificationSchema } from './verification.ts';

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'rejected', 'failed', 'cancelled'] as const;
export const runStatusSchema = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Whether a run in this state stays in it. */
export function hasEnded(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** `train` makes a model and publishes it; `verify` trains a version again, compares, and publishes nothing. */
export const RUN_KINDS = ['train', 'verify'] as const;
export const runKindSchema = z.enum(RUN_KINDS);
export type RunKind = z.infer<typeof runKindSchema>;

export const RUN_STAGES = ['prepare', 'train', 'evaluate', 'publish'] as const;
export const runStageSchema = z.enum(RUN_STAGES);
export type RunStage = z.infer<typeof runStageSchema>;

/**
 * Where a run is. `fraction` is of the whole run and never falls. Training passes over the data up to three times: `search`
 * looks for the number of epochs, `twin` trains on what is before the gate's cut, `refit` trains the model that is
 * published.
 */
export const runProgressSchema = z.object({
  stage: runStageSchema,
  fraction: z.number().min(0).max(1),
  message: z.string(),
  phase: z.enum(['search', 'twin', 'refit']).optional(),
  epoch: z.int().optional(),
  epochs: z.int().optional(),
  /** Mean training loss of the epoch so far. */
  loss: z.number().optional(),
  samplesPerSecond: z.number().optional(),
  /** Estimated time to the end of the run. */
  etaMs: z.number().optional(),
});
export type RunProgress = z.infer<typeof runProgressSchema>;

/** Runs with a smaller number are taken first; equal ones in the order in which they came. */
export const prioritySchema = z.int().min(1).max(10);
export const DEFAULT_PRIORITY = 5;

/** Body of `POST /v1/training-runs`: parts of the configuration that this run overrides; `{}` = the server's own. */
export const trainingRunRequestSchema = z.strictObject({
  preset: presetSchema.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  model: z.record(z.string(), z.unknown()).optional(),
  training: z.record(z.string(), z.unknown()).optional(),
  evaluation: z.record(z.string(), z.unknown()).optional(),
  /** Begin from the model that is active. */
  warmStart: z.boolean().optional(),
  /** Serve the model even if it is rejected: `true`, or who asks for it and why. */
  force: z.union([forceSchema, z.literal(false)]).optional(),
  /** No part of the configuration: equal requests of different priority are the same run, at the more urgent one. */
  priority: prioritySchema.optional(),
});
export type TrainingRunRequest = z.infer<typeof trainingRunRequestSchema>;

/** A training run as the API shows it. Times are Unix milliseconds. */
export const trainingRunSchema = z.object({
  id: z.string(),
  kind: runKindSchema,
  status: runStatusSchema,
  stage: runStageSchema.nullable(),
  progress: runProgressSchema.nullable(),
  request: runConfigSchema,
  funnel: funnelSchema.nullable(),
  metrics: metricsSchema.nullable(),
  error: problemSchema.nullable(),
  modelVersion: z.string().nullable(),
  verifies: z.string().nullable().describe('The version that a run of the kind `verify` trains again.'),
  verification: verificationSchema.nullable(),
  timings: z
    .record(z.string(), z.number())
    .nullable()
    .describe('Seconds by step, as the worker measured them.'),
  attempts: z.int(),
  priority: prioritySchema,
  createdAtMs: z.number(),
  startedAtMs: z.number().nullable(),
  finishedAtMs: z.number().nullable(),
});
export type TrainingRun = z.infer<typeof trainingRunSchema>;

/** Body of `POST /v1/models/{version}/verify`. */
export const verificationRequestSchema = z.strictObject({ priority: prioritySchema.optional() });
export type VerificationRequest = z.infer<typeof verificationRequestSchema>;

/** `POST /v1/training-runs` and `POST /v1/models/{version}/verify`. */
export const submittedRunSchema = trainingRunSchema.extend({
  coalesced: z.boolean().describe('true: an equal run was queued already, and this is that one.'),
});
export type SubmittedRun = z.infer<typeof submittedRunSchema>;

const MAX_LISTED = 100;
const limitSchema = z.int().min(1).max(MAX_LISTED).default(20).describe('How many, the newest first.');

/** What `GET /v1/training-runs` takes. */
export const trainingRunsQueryShape = {
  limit: limitSchema,
  status: runStatusSchema.optional().describe('Only runs in this state.'),
};
export const trainingRunsSchema = z.object({ runs: z.array(trainingRunSchema) });
export type TrainingRuns = z.infer<typeof trainingRunsSchema>;

/**
 * Lays a request over the server's configuration and checks the result. A preset in the request takes the place of the
 * server's settings of model and training, but for the seed.
 */
export function resolveRunConfig(base: RunConfig, request: TrainingRunRequest) {
  const own = request.preset === undefined ? base : { model: {}, training: { seed: base.training.seed } };
  return runConfigSchema.safeParse({
    preset: request.preset ?? base.preset,
    data: { ...base.data, ...request.data },
    model: { ...own.model, ...request.model },
    training: { ...own.training, ...request.training },
    evaluation: { ...base.evaluation, ...request.evaluation },
    warmStart: request.warmStart ?? base.warmStart,
    // Never from the base: each request that overrides the gate says so itself.
    ...((request.force ?? false) !== false && { force: request.force }),
  });
}
