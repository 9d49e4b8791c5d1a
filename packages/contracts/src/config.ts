import { z } from 'zod';
import { eventTypeSchema } from './events.ts';
import { forceSchema } from './gate.ts';
import { DEFAULT_PRESET, layOverPreset, presetSchema } from './presets.ts';

/** What may compute a training; `auto` picks the fastest that works. */
export const ENGINE_NAMES = ['auto', 'tensorflow', 'webgpu', 'wasm', 'tfjs-wasm', 'tfjs-cpu'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

const MAX_USERS_IN_EVALUATION = 10_000;

/** Rules of the preparation: which events count, and for how much. */
export const dataConfigSchema = z.strictObject({
  /** Length of the sliding window that ends at the newest event, in days; 0 = all events. */
  windowDays: z.number().min(0).max(36_500).default(60),
  /** Events further in the future than this are ignored when the end of the window is looked for. */
  futureToleranceMs: z.int().min(0).max(31_536_000_000).default(3_600_000),
  /** Strength of an interaction by event type; types that are not named here are dropped. */
  weights: z
    .record(eventTypeSchema, z.number().positive().max(1_000))
    .refine((weights) => Object.keys(weights).length > 0, 'needs at least one event type')
    .default({ view: 1, addtocart: 2, transaction: 3 }),
  /** A user needs at least this many events. */
  minEvents: z.int().min(1).max(1_000_000).default(3),
  /** A user may have at most mean + this many sample standard deviations of events. */
  outlierDeviations: z.number().min(0).max(1_000).default(2),
  /** A user needs at least this many distinct items. */
  minDistinctItems: z.int().min(1).max(1_000_000).default(2),
});
export type DataConfig = z.infer<typeof dataConfigSchema>;

/** Shape of the network (He et al. 2017, section 3.4). */
export const modelConfigSchema = z.strictObject({
  /** Width of the GMF embeddings. */
  factors: z.int().min(1).max(512).default(8),
  /** `layers[0]` (even) is the width of the concatenated MLP embeddings, the rest are ReLU layers; [] = GMF only. */
  layers: z
    .array(z.int().min(1).max(1_024))
    .max(8)
    .refine((layers) => layers.length === 0 || (layers[0] ?? 0) % 2 === 0, 'layers[0] must be even')
    .default([64, 32, 16, 8]),
});
export type ModelConfig = z.infer<typeof modelConfigSchema>;

export const trainingConfigSchema = z.strictObject({
  /** Most epochs that are tried; the number that is used is chosen on the validation items. */
  epochs: z.int().min(1).max(1_000).default(20),
  /** Epochs without a better validation NDCG after which the search for the number of epochs stops. */
  patience: z.int().min(1).max(1_000).default(3),
  /** Samples (positives and negatives together) in one optimiser step. */
  batchSize: z.int().min(1).max(1_048_576).default(4_096),
  /** Step size of Adam. */
  learningRate: z.number().positive().max(10).default(0.005),
  /** Uniformly sampled items without interaction, for each positive, drawn anew in each epoch. */
  negativesPerPositive: z.int().min(1).max(256).default(4),
  /** L2 penalty, once per touched table row and step; on dense weights (not biases) once a step. */
  l2: z.number().min(0).max(10).default(1e-6),
  /** Standard deviation of the normal distribution that the embeddings start from. */
  initSigma: z.number().positive().max(10).default(0.05),
  /** `strength`: a positive's loss is weighted by its strength; `none`: by 1, as in the paper. */
  strengthWeight: z.enum(['strength', 'none']).default('strength'),
  /** Factor by which the step size falls from epoch to epoch. */
  learningRateDecay: z.number().positive().max(1).default(1),
  /** `als`: the GMF branch starts from implicit alternating least squares; `none`: from random numbers. */
  pretraining: z.enum(['none', 'als']).default('none'),
  /** Iterations of alternating least squares. */
  alsIterations: z.int().min(1).max(1_000).default(8),
  /** Weights of an absent pair that are tried, in this order, until validation NDCG falls; observed pairs have 1. */
  alsUnobservedWeights: z
    .array(z.number().positive().max(100))
    .min(1)
    .max(16)
    .default([0.3, 0.03, 0.003, 0.001]),
  /** L2 penalty of alternating least squares, scaled by a row's pairs and the weight of its absent ones. */
  alsRegularisation: z.number().positive().max(100).default(0.007),
  /** Seed of everything random in the run. */
  seed: z.int().min(0).max(4_294_967_295).default(42),
});
export type TrainingConfig = z.infer<typeof trainingConfigSchema>;

export const evaluationConfigSchema = z.strictObject({
  /** Users that are ranked for the metrics, drawn by seed. */
  maxUsers: z.int().min(1).max(MAX_USERS_IN_EVALUATION).default(MAX_USERS_IN_EVALUATION),
  /** Users that are ranked after each epoch to choose the number of epochs. */
  maxValidationUsers: z.int().min(1).max(MAX_USERS_IN_EVALUATION).default(2_000),
  /** Length of the list that HR and NDCG look at. */
  cutoff: z.int().min(1).max(1_000).default(10),
  /** Items that the positive competes with in the paper's form of the metrics. */
  sampledNegatives: z.int().min(1).max(10_000).default(99),
  /** Resamples of the bootstrap intervals. */
  bootstrapResamples: z.int().min(100).max(100_000).default(1_000),
});
export type EvaluationConfig = z.infer<typeof evaluationConfigSchema>;

export const servingConfigSchema = z.strictObject({
  /** Items in an answer when the request does not say. */
  defaultN: z.int().min(1).max(1_000).default(10),
  /** Most items that a request may ask for. */
  maxN: z.int().min(1).max(1_000).default(100),
  /** Whether items that a user has interacted with are left out when the request does not say. */
  excludeSeen: z.boolean().default(true),
  /** Whether items that are not available are left out when the request does not say. */
  inStock: z.boolean().default(false),
});
export type ServingConfig = z.infer<typeof servingConfigSchema>;

export const runsConfigSchema = z.strictObject({
  /** Longest that one attempt at a run may take. */
  maxMinutes: z.number().positive().max(10_080).default(720),
  /** Shortest time between two checkpoints, from which another attempt goes on; 0 = after every epoch. */
  checkpointSeconds: z.number().min(0).max(86_400).default(30),
});
export type RunsConfig = z.infer<typeof runsConfigSchema>;

export const modelsConfigSchema = z.strictObject({
  /** Newest versions whose files are kept, besides the active one, the one before it, the pinned and the served. */
  keep: z.int().min(0).max(1_000).default(5),
});
export type ModelsConfig = z.infer<typeof modelsConfigSchema>;

const runKeys = {
  /** Settings of model and training that belong together; keys that are given beside it come first. */
  preset: presetSchema.default(DEFAULT_PRESET),
  data: dataConfigSchema.prefault({}),
  model: modelConfigSchema.prefault({}),
  training: trainingConfigSchema.prefault({}),
  evaluation: evaluationConfigSchema.prefault({}),
  /** Whether the training begins from the model that is active, where it knows users and items. */
  warmStart: z.boolean().default(false),
};

const perMinute = z.int().min(0).max(1_000_000_000);

/** Most requests of a key in a minute, over all replicas together; 0 = no limit. */
export const limitsConfigSchema = z.strictObject({
  /** Recommendations, similar items and explanations. */
  recommendPerMinute: perMinute.default(600_000),
  /** Events and items; each request may carry many. */
  ingestPerMinute: perMinute.default(60_000),
  /** Training runs, models, the job board, and whatever else an operator does. */
  operatePerMinute: perMinute.default(3_000),
  /** Requests without a valid key, by address. */
  refusedPerMinute: perMinute.default(300),
});
export type LimitsConfig = z.infer<typeof limitsConfigSchema>;

/** Content of `sommelier.config.json`; every key is optional. */
export const configSchema = z.preprocess(
  layOverPreset,
  z.strictObject({
    $schema: z.string().optional(),
    ...runKeys,
    serving: servingConfigSchema.prefault({}),
    runs: runsConfigSchema.prefault({}),
    models: modelsConfigSchema.prefault({}),
    limits: limitsConfigSchema.prefault({}),
  }),
);
export type Config = z.infer<typeof configSchema>;

/** What a training run is made of: everything that decides its result, besides the events. */
export const runConfigSchema = z.preprocess(
  layOverPreset,
  z.strictObject({
    ...runKeys,
    /**
     * Serves the model even if the gate rejects it. A part of the run's identity, so that a forced request never joins
     * a queued one that is not; absent otherwise.
     */
    force: forceSchema.optional(),
  }),
);
export type RunConfig = z.infer<typeof runConfigSchema>;
