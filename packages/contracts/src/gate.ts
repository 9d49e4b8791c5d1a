import { z } from 'zod';
import { estimateSchema } from './estimate.ts';

/** How a candidate was judged: against the incumbent and popularity, against popularity alone, or not at all. */
export const gateProtocolSchema = z.enum(['incumbent-and-popularity', 'popularity-only', 'none']);
export type GateProtocol = z.infer<typeof gateProtocolSchema>;

/**
 * `accepted`: it may be served. `rejected`: it is not. `forced`: it would have been rejected, but the request said that
 * it be served all the same. `first`: there was no model to compare with.
 */
export const gateOutcomeSchema = z.enum(['accepted', 'rejected', 'forced', 'first']);
export type GateOutcome = z.infer<typeof gateOutcomeSchema>;

/** Why a run is let through whatever the gate says: `true`, or who asked for it and why in the asker's own words. */
export const forceSchema = z.union([z.literal(true), z.string().trim().min(1).max(200)]);
export type Force = z.infer<typeof forceSchema>;

/** What the gate found out about a candidate. The figures are those of its twin, which has not seen what is after the cut. */
export const gateVerdictSchema = z.object({
  outcome: gateOutcomeSchema,
  protocol: gateProtocolSchema,
  /** For a reader: what was compared and what followed from it. */
  reason: z.string(),
  /** The twin has seen events up to here (Unix ms); null when none was trained. */
  cutMs: z.number().nullable(),
  incumbent: z.object({ version: z.string(), trainedUntilMs: z.number() }).nullable(),
  /** Pairs after the cut that are new to users whom one of the models knows: what the figures are means of. */
  pairs: z.int(),
  /** Users that were ranked. */
  users: z.int(),
  /** Pairs after the cut of users whom no model knows: misses for all, and not in the figures. */
  pairsOfUnknownUsers: z.int(),
  /** Length of the lists. */
  cutoff: z.int(),
  /** NDCG of each ranker; null when no twin was trained, the incumbent's also when there was none to compare with. */
  ndcg: z
    .object({
      twin: estimateSchema,
      incumbent: estimateSchema.nullable(),
      popularity: estimateSchema,
      itemKnn: estimateSchema,
    })
    .nullable(),
  /** NDCG of the twin less that of the other, over the same users. */
  difference: z.object({ incumbent: estimateSchema.nullable(), popularity: estimateSchema }).nullable(),
  /**
   * NDCG of the search's model less popularity's on the test items of the leave-one-out evaluation, and its users: what
   * decides where few users have pairs after the cut. Null for a first model.
   */
  leaveOneOut: z.object({ users: z.int(), popularity: estimateSchema }).nullable(),
  /** What the request said, when it overrode a rejection. */
  force: forceSchema.nullable(),
});
export type GateVerdict = z.infer<typeof gateVerdictSchema>;
