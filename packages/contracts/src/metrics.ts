import { z } from 'zod';
import { dataFindingSchema } from './data-finding.ts';
import { estimateSchema } from './estimate.ts';
import { gateVerdictSchema } from './gate.ts';

/** What one step of the preparation kept and dropped. */
const funnelCountsSchema = z.object({ users: z.int(), items: z.int(), events: z.int() });
export type FunnelCounts = z.infer<typeof funnelCountsSchema>;

/**
 * One step of the preparation. `before` = `kept` + `dropped` in users and events; an item is dropped when none of
 * its events is left.
 */
export const funnelStepSchema = z.object({
  rule: z.enum(['stored', 'window', 'weighted-types', 'event-count', 'distinct-items', 'interactions']),
  /** What the step does, with its numbers, for a reader. */
  description: z.string(),
  kept: funnelCountsSchema,
  dropped: funnelCountsSchema,
});
export type FunnelStep = z.infer<typeof funnelStepSchema>;

export const funnelSchema = z.object({
  /** End of the window, inclusive (Unix ms); the events themselves decide it, not the clock. */
  asOfMs: z.number(),
  /** Start of the window, exclusive (Unix ms); null = all events. */
  fromMs: z.number().nullable(),
  steps: z.array(funnelStepSchema),
  /** Events by type inside the window, unknown types included. */
  eventsByType: z.record(z.string(), z.int()),
  /** Pairs of user and item that the model is trained on. */
  interactions: z.int(),
  /** What was noticed about the events; runs of earlier versions have none. */
  findings: z.array(dataFindingSchema).nullable().optional(),
});
export type Funnel = z.infer<typeof funnelSchema>;

export const rankingMetricsSchema = z.object({ hr: estimateSchema, ndcg: estimateSchema });
export type RankingMetrics = z.infer<typeof rankingMetricsSchema>;

/** HR and NDCG of one ranker: among the full catalogue, and against sampled items as in the paper. */
export const rankerReportSchema = z.object({ full: rankingMetricsSchema, sampled: rankingMetricsSchema });
export type RankerReport = z.infer<typeof rankerReportSchema>;

export const metricsSchema = z.object({
  protocol: z.object({
    split: z.literal('chronological-leave-one-out'),
    cutoff: z.int(),
    users: z.int(),
    sampledNegatives: z.int(),
    seed: z.int(),
  }),
  /** Number of epochs that the validation items chose; the published model is refitted for that many. */
  epochs: z.int(),
  validationNdcg: z.array(z.number()),
  /** What the GMF branch started from, and the validation NDCG of each weight that was tried; null = random numbers. */
  pretraining: z
    .object({
      method: z.literal('als'),
      unobservedWeight: z.number(),
      tried: z.array(z.object({ unobservedWeight: z.number(), validationNdcg: z.number() })),
    })
    .nullable()
    // A manifest that was written before there was pre-training does not say.
    .default(null),
  neumf: rankerReportSchema,
  popularity: rankerReportSchema,
  itemKnn: rankerReportSchema,
  /** Whether the model may be served, and why; models of earlier versions were not judged. */
  gate: gateVerdictSchema.nullable().optional(),
});
export type Metrics = z.infer<typeof metricsSchema>;
export type Pretraining = NonNullable<Metrics['pretraining']>;
