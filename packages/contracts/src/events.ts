import { z } from 'zod';
import { idSchema } from './ids.ts';

/** Event types that the default weights know. Others are stored, and dropped (and counted) by the preparation. */
export const KNOWN_EVENT_TYPES = ['view', 'addtocart', 'transaction'] as const;

/** Newest time that a timestamp may have: the largest time that ECMAScript's Date can express, in milliseconds. */
export const MAX_TIMESTAMP_MS = 8_640_000_000_000_000;

export const eventTypeSchema = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/,
    'event type must be 1-32 letters, digits, "_", "." or "-", a letter first',
  );

/** One row of the log: what a user did to an item, and when (Unix time in milliseconds). */
export const eventSchema = z.strictObject({
  timestampMs: z.int().min(0).max(MAX_TIMESTAMP_MS),
  userId: idSchema,
  itemId: idSchema,
  type: eventTypeSchema,
  transactionId: idSchema.optional(),
});
export type EventInput = z.infer<typeof eventSchema>;
