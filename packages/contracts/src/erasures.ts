import { z } from 'zod';

/** Name of the BullMQ queue that says that there are erasures to carry out. */
export const ERASURE_QUEUE = 'erasure';

/** What its job carries: nothing. The rows of the erasures are the truth; the job only says that one should look. */
export const erasureJobSchema = z.strictObject({});

/** SHA-256 of a user's id (UTF-8) in hexadecimal: all that an erasure keeps of whom it was about. */
export const userHashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** What was done about an erasure so far; once it is `finished`, its receipt. */
export const erasureSchema = z.object({
  id: z.int().min(1),
  state: z
    .enum(['running', 'finished'])
    .describe(
      'running: nobody is served from what the user did any more, but files are still being removed.',
    ),
  userHash: userHashSchema.describe('SHA-256 of the id, in hexadecimal; the id itself is not kept.'),
  requestedAtMs: z.number(),
  finishedAtMs: z.number().nullable().describe('null until the last file is gone.'),
  eventsDeleted: z.int().min(0),
  versionsReplaced: z
    .int()
    .min(0)
    .describe('Model versions that had the user, and that a successor replaced.'),
  versionsDeleted: z
    .int()
    .min(0)
    .describe(
      'Model versions that went without a successor: nobody was left in them, or they could not be read.',
    ),
  snapshotsDeleted: z.int().min(0),
  filesDeleted: z.int().min(0),
  filesToDelete: z
    .int()
    .min(0)
    .describe('Files that are known to have the user and wait for the replicas to serve their successors.'),
  replicas: z
    .object({ confirmed: z.int().min(0), waitingFor: z.int().min(0) })
    .describe('Replicas whose model is without the user, and those that still have to load such a one.'),
});
export type Erasure = z.infer<typeof erasureSchema>;
