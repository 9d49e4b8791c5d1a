import { z } from 'zod';

/** The queue of training runs: answer of `GET /v1/queue`, and of pausing and resuming it. */
export const queueStateSchema = z.object({
  paused: z.boolean().describe('true: workers take no further run.'),
  waiting: z.int().min(0).describe('Runs that wait to be taken.'),
  active: z.int().min(0).describe('Runs that a worker has.'),
  delayed: z.int().min(0).describe('Runs that wait for their next attempt.'),
});
export type QueueState = z.infer<typeof queueStateSchema>;
