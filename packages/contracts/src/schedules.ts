import { z } from 'zod';
import { problemSchema } from './problem.ts';
import { DEFAULT_PRIORITY, prioritySchema, trainingRunRequestSchema } from './training-run.ts';

/** Name of the BullMQ queue in which schedules tick, apart from the runs so that a long one does not hold them up. */
export const SCHEDULE_QUEUE = 'schedules';

export const scheduleNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be up to 63 of a-z, 0-9 and "-", beginning with a letter or digit',
  );

const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, 'is not a time zone of the IANA database, such as Europe/Berlin or UTC');

/** Body of `PUT /v1/schedules/{name}`. */
export const scheduleRequestSchema = z.strictObject({
  /** Five fields (minute, hour, day, month, weekday), or six with seconds in front. */
  cron: z.string().trim().min(9).max(191),
  timeZone: timeZoneSchema.default('UTC'),
  /** Each run waits a random time of at most this long, so that installations do not all begin at once. */
  jitterSeconds: z.int().min(0).max(86_400).default(0),
  /** Body of the training runs that it starts. */
  request: trainingRunRequestSchema.omit({ priority: true }).prefault({}),
  priority: prioritySchema.default(DEFAULT_PRIORITY),
  enabled: z.boolean().default(true),
});
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;
/** What a caller has to send of it. */
export type ScheduleRequestInput = z.input<typeof scheduleRequestSchema>;

/** A schedule as it is stored. */
export const scheduleSchema = scheduleRequestSchema.extend({
  name: scheduleNameSchema,
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  lastTickAtMs: z.number().nullable(),
  /** Run that the last tick started or joined. */
  lastRunId: z.string().nullable(),
  lastError: problemSchema.nullable(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** A schedule as the API shows it. */
export const shownScheduleSchema = scheduleSchema.extend({
  nextAtMs: z.array(z.number()).describe('Its next times, without the jitter; none while it is not enabled.'),
});
export type ShownSchedule = z.infer<typeof shownScheduleSchema>;

/** Answer of `GET /v1/schedules`. */
export const schedulesSchema = z.object({ schedules: z.array(shownScheduleSchema) });
export type Schedules = z.infer<typeof schedulesSchema>;

/** What a job of the schedules' queue carries; with `due`, the jitter is over and the run is to be started. */
export const scheduleJobSchema = z.strictObject({
  schedule: scheduleNameSchema,
  due: z.boolean().optional(),
});
export type ScheduleJob = z.infer<typeof scheduleJobSchema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
