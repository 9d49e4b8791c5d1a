import { z } from 'zod';
import { servingStatusSchema } from './models.ts';

/** `GET /healthz`. */
export const healthSchema = z.object({ status: z.literal('ok') });

const dependencySchema = z.object({
  ok: z.boolean(),
  code: z.string().optional(),
  error: z.string().optional(),
});

/** `GET /readyz`, also when the replica is not ready. */
export const readinessSchema = z.object({
  status: z.enum(['ready', 'not-ready']),
  model: servingStatusSchema,
  database: dependencySchema,
  redis: dependencySchema,
});
export type Readiness = z.infer<typeof readinessSchema>;
