import {
  scheduleNameSchema,
  scheduleRequestSchema,
  schedulesSchema,
  shownScheduleSchema,
} from '@sommelier/contracts';
import { describedRunRequestSchema } from './described-run-request.ts';
import { EXAMPLE_SCHEDULE } from './examples.ts';
import type { Operation } from './operation.ts';

const { name, cron, timeZone, jitterSeconds } = EXAMPLE_SCHEDULE;
const NAMED = { pathParameters: { name: scheduleNameSchema }, example: { path: { name } } };

/** The request with the keys of the training runs that it asks for. */
const describedScheduleSchema = scheduleRequestSchema.extend({
  request: describedRunRequestSchema.omit({ priority: true }).prefault({}),
});

const schedules: Operation = {
  id: 'schedules',
  method: 'get',
  path: '/v1/schedules',
  tag: 'Queue and schedules',
  summary: 'Schedules of training runs',
  description: 'All of them by name, at most 100.',
  answers: [
    {
      status: 200,
      description: 'The schedules.',
      schema: schedulesSchema,
      example: { schedules: [EXAMPLE_SCHEDULE] },
    },
  ],
  errors: ['database-unavailable'],
  example: {},
};

const schedule: Operation = {
  id: 'schedule',
  method: 'get',
  path: '/v1/schedules/{name}',
  tag: 'Queue and schedules',
  summary: 'One schedule',
  description: 'When it comes next, and what its last tick started.',
  ...NAMED,
  answers: [
    {
      status: 200,
      description: 'The schedule.',
      schema: shownScheduleSchema,
      example: EXAMPLE_SCHEDULE,
    },
  ],
  errors: ['schedule-not-found', 'database-unavailable'],
};

const putSchedule: Operation = {
  id: 'putSchedule',
  method: 'put',
  path: '/v1/schedules/{name}',
  tag: 'Queue and schedules',
  summary: 'Write a schedule',
  description:
    'Writes the whole schedule, a new one or in the place of the one of that name. cron has five fields (minute, hour, day, month, weekday), or six with seconds in front. A tick joins an equal run that still waits.',
  ...NAMED,
  body: { schema: describedScheduleSchema, required: true, example: { cron, timeZone, jitterSeconds } },
  answers: [
    {
      status: 200,
      description: 'The schedule is changed.',
      schema: shownScheduleSchema,
      example: EXAMPLE_SCHEDULE,
    },
    {
      status: 201,
      description: 'The schedule is new.',
      schema: shownScheduleSchema,
      example: { ...EXAMPLE_SCHEDULE, lastTickAtMs: null, lastRunId: null },
    },
  ],
  errors: ['invalid-config', 'payload-too-large', 'database-unavailable'],
};

const deleteSchedule: Operation = {
  id: 'deleteSchedule',
  method: 'delete',
  path: '/v1/schedules/{name}',
  tag: 'Queue and schedules',
  summary: 'Delete a schedule',
  description: 'It starts no further run; those that it has started go on.',
  ...NAMED,
  answers: [{ status: 204, description: 'The schedule is deleted.' }],
  errors: ['schedule-not-found', 'database-unavailable'],
};

/** Cron lines that start training runs. */
export const scheduleOperations: readonly Operation[] = [schedules, schedule, putSchedule, deleteSchedule];
