import { z } from 'zod';

export const DATA_FINDING_CODES = [
  'bad-rows',
  'volume',
  'event-types',
  'time-unit',
  'future-events',
  'gap',
  'flood',
  'placeholder-ids',
  'duplicates',
  'new-items',
  'preparation',
] as const;

/**
 * What was noticed about a log before it is trained on. `fail`: no sensible model can come of it. `warn`: somebody
 * should look at it, the run goes on.
 */
export const dataFindingSchema = z.object({
  level: z.enum(['ok', 'warn', 'fail']),
  code: z.enum(DATA_FINDING_CODES),
  /** For a reader: what was found, and what to do about it. */
  text: z.string(),
  figures: z.record(z.string(), z.number()),
});
export type DataFinding = z.infer<typeof dataFindingSchema>;
