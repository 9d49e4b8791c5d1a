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
  timestampMs: z.int().min(0).max(MAX_TIMESTAMP_MS).describe('When it happened (Unix milliseconds).'),
  userId: idSchema,
  itemId: idSchema,
  type: eventTypeSchema,
  transactionId: idSchema.optional().describe('The order that it is a part of.'),
  eventId: idSchema
    .optional()
    .describe(
      "The sender's own name of the event: one that is stored already is not stored again, whatever else it says.",
    ),
});
export type EventInput = z.infer<typeof eventSchema>;

/** Events that one request may send. */
export const MAX_EVENTS_A_REQUEST = 1_000;

/** `POST /v1/events`; an event without a time happened when the request came. */
export const eventsRequestSchema = z.strictObject({
  events: z
    .array(
      eventSchema.extend({
        timestampMs: eventSchema.shape.timestampMs
          .optional()
          .describe('When it happened (Unix milliseconds); absent: when the request came.'),
      }),
    )
    .min(1)
    .max(MAX_EVENTS_A_REQUEST),
});
export type EventsRequest = z.infer<typeof eventsRequestSchema>;
/** All events of the request are stored: now, or before. */
export const eventsAnswerSchema = z.object({
  inserted: z.int().min(0).describe('Events that are stored now.'),
  duplicates: z.int().min(0).describe('Events that were stored before.'),
});
export type EventsAnswer = z.infer<typeof eventsAnswerSchema>;

/** `POST /v1/users/{userId}/merge`: what `from` did becomes what `userId` did, and `from` has done nothing. */
export const mergeRequestSchema = z.strictObject({
  from: idSchema.describe(
    'The user who has done nothing afterwards: an anonymous visitor who has logged in.',
  ),
});
export type MergeRequest = z.infer<typeof mergeRequestSchema>;
/** Events that are the user's now, and those that the user had already. */
export const mergeAnswerSchema = z.object({
  moved: z.int().min(0).describe("Events that are the user's now."),
  duplicates: z.int().min(0).describe('Events that the user had already.'),
});
export type MergeAnswer = z.infer<typeof mergeAnswerSchema>;
