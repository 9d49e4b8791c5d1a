import { z } from 'zod';

/** Why a model could not be trained again at all. */
export const NOT_REPRODUCIBLE_REASONS = [
  'erased',
  'snapshot-missing',
  'snapshot-damaged',
  'engine-unavailable',
  'warm-start-missing',
  'training-failed',
] as const;
export const notReproducibleReasonSchema = z.enum(NOT_REPRODUCIBLE_REASONS);
export type NotReproducibleReason = z.infer<typeof notReproducibleReasonSchema>;

/** What was recorded of a version, and what training it again gave. */
const comparedSchema = z.object({ recorded: z.string(), now: z.string() });

/** What training a version again has come to. */
export const verificationSchema = z.object({
  /**
   * `reproduced`: the same bytes and metrics. `differs`: not the same; see `bytes` and `metrics`. `not-reproducible`: it
   * could not be trained again; see `reason`.
   */
  outcome: z.enum(['reproduced', 'differs', 'not-reproducible']),
  reason: notReproducibleReasonSchema.nullable().describe('null unless it is not reproducible.'),
  /** For a reader. */
  detail: z.string(),
  /** SHA-256 of the model file; null when it was not trained again, or is the same. */
  bytes: comparedSchema.nullable(),
  /** Every metric that is not the same, by its place in the metrics; the gate's verdict is not compared. */
  metrics: z.array(z.object({ path: z.string(), recorded: z.unknown(), now: z.unknown() })),
  /** The code that trained the version, where another one verified it; the same code may be needed for the same bytes. */
  codeRevision: comparedSchema.nullable(),
});
export type Verification = z.infer<typeof verificationSchema>;
