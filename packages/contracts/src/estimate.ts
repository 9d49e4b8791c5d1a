import { z } from 'zod';

/** A mean over users with the bounds of its 95% percentile-bootstrap interval. */
export const estimateSchema = z.object({ mean: z.number(), low: z.number(), high: z.number() });
export type Estimate = z.infer<typeof estimateSchema>;
