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
  catalogue: z
    .object({
      loaded: z.boolean(),
      items: z.int(),
      revision: z.int(),
      lastError: z
        .object({ code: z.string(), message: z.string(), atMs: z.number(), failures: z.int() })
        .nullable()
        .describe('Why what the database says is not known yet; null when nothing went wrong since.'),
    })
    .describe('What is known of the items: their categories, prices, stock and properties.'),
});
export type Readiness = z.infer<typeof readinessSchema>;
