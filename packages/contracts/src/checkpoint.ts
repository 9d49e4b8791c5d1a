import { z } from 'zod';
import { gateVerdictSchema } from './gate.ts';
import { metricsSchema } from './metrics.ts';

/** Raised with every change of what a checkpoint holds or means: those of another version are not read. */
export const CHECKPOINT_FORMAT_VERSION = 1;

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** What decides the bytes of a model: an attempt goes on only from a checkpoint with the same. */
export const checkpointOriginSchema = z.object({
  snapshotSha256: sha256Schema,
  /** Of the run's whole configuration, the seed included. */
  configSha256: sha256Schema,
  /** Engine, build and number of threads, for a reader. */
  engine: z.string(),
  codeRevision: z.string(),
  /** The model version that the training begins from; null = from the beginning. */
  warmStart: z.string().nullable(),
});
export type CheckpointOrigin = z.infer<typeof checkpointOriginSchema>;

/** What the search came to, and how it did on the test items. */
export const evaluatedSchema = z.object({
  metrics: metricsSchema,
  leaveOneOut: gateVerdictSchema.shape.leaveOneOut.unwrap(),
});
export type Evaluated = z.infer<typeof evaluatedSchema>;

/** The training that was going on, but for the numbers of the engine. */
export const fitPositionSchema = z
  .object({
    phase: z.enum(['search', 'twin', 'refit']),
    /** Of what the engine learns from. */
    pairsSha256: sha256Schema,
    /** 0 = pre-trained, and nothing more. */
    epochsDone: z.int().min(0),
    /** What a search has chosen and found so far; null in the other phases. */
    search: z
      .object({
        pretraining: metricsSchema.shape.pretraining.unwrap(),
        validationNdcg: z.array(z.number()),
      })
      .nullable(),
  })
  .refine(({ phase, search }) => (phase === 'search') === (search !== null), 'only a search has findings');
export type FitPosition = z.infer<typeof fitPositionSchema>;

/** The readable part of a checkpoint, `checkpoints/<run>/`: the rest of the file is numbers. */
export const checkpointHeaderSchema = z.object({
  formatVersion: z.literal(CHECKPOINT_FORMAT_VERSION),
  origin: checkpointOriginSchema,
  /** Null while the search goes on. */
  evaluated: evaluatedSchema.nullable(),
  /** Null until the gate has decided; `planSha256` says on what it did. */
  judged: z.object({ planSha256: sha256Schema, gate: gateVerdictSchema }).nullable(),
  /** Null between two trainings. */
  fit: fitPositionSchema.nullable(),
  /** Shape of the best epoch's parameters, of a search that has gone past it; else null. */
  bestShape: z
    .object({
      userCount: z.int().min(1),
      itemCount: z.int().min(1),
      factors: z.int().min(1),
      layers: z.array(z.int().min(1)),
    })
    .nullable(),
});
export type CheckpointHeader = z.infer<typeof checkpointHeaderSchema>;
