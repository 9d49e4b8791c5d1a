import {
  type Schedule,
  type Schedules,
  type ShownSchedule,
  SommelierError,
  scheduleNameSchema,
  scheduleRequestSchema,
} from '@sommelier/contracts';
import { nextTimes } from '@sommelier/platform';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';
import { requestedConfig } from './training-runs.ts';

const NEXT_TIMES = 3;
const MAX_SCHEDULES = 100;
const nothing = z.strictObject({});

/** Cron lines that start training runs. */
export function scheduleRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/schedules')
    .get(async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
      const schedules = await parts.database.schedules.list();
      const body: Schedules = { schedules: schedules.map(withNextTimes) };
      response.json(body);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/v1/schedules/:name')
    .get(async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
      const name = knownName(request.params.name);
      response.json(withNextTimes((await parts.database.schedules.get(name)) ?? missing(name)));
    })
    .put(jsonBody, async (request, response) => {
      const { name } = request.params;
      const { schedule, created } = await putSchedule(parts, name, parseBody(scheduleRequestSchema, request));
      response.status(created ? 201 : 200).json(withNextTimes(schedule));
    })
    .delete(async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
      const name = knownName(request.params.name);
      if (!(await parts.database.schedules.delete(name))) missing(name);
      await tellQueue(parts, () => parts.scheduleQueue.remove(name));
      response.status(204).end();
    })
    .all(onlyMethods('GET', 'HEAD', 'PUT', 'DELETE'));
  return router;
}

/** Checks everything that a tick would stumble over, then writes the row, and tells the queue. */
async function putSchedule(
  parts: ApiParts,
  name: string,
  body: z.infer<typeof scheduleRequestSchema>,
): Promise<{ schedule: Schedule; created: boolean }> {
  const { schedules } = parts.database;
  const named = scheduleNameSchema.safeParse(name);
  if (!named.success) throw invalid('name', named.error.issues[0]?.message ?? 'is not a name');
  const { cron, timeZone } = body;
  const [next] = nextTimes(cron, { timeZone, afterMs: Date.now(), count: 1 });
  if (next === undefined) throw invalid('cron', 'never comes');
  requestedConfig(parts, body.request);
  const known = await schedules.list();
  const created = !known.some((each) => each.name === name);
  if (created && known.length >= MAX_SCHEDULES)
    throw invalid('name', `there are ${MAX_SCHEDULES} schedules already`);
  const schedule = await schedules.put(name, body, Date.now());
  await tellQueue(parts, () =>
    schedule.enabled ? parts.scheduleQueue.upsert(schedule) : parts.scheduleQueue.remove(name),
  );
  return { schedule, created };
}

/** A worker compares queue and rows all the time, so a Redis that is away only makes it later. */
async function tellQueue(parts: ApiParts, tell: () => Promise<void>): Promise<void> {
  await tell().catch((error) =>
    parts.logger.warn({ err: error }, 'the queue could not be told of a schedule; a worker will do it'),
  );
}

function withNextTimes(schedule: Schedule): ShownSchedule {
  const { cron, timeZone, enabled } = schedule;
  const options = { timeZone, afterMs: Date.now(), count: NEXT_TIMES };
  return { ...schedule, nextAtMs: enabled ? nextTimes(cron, options) : [] };
}

/** A name that no schedule can have is not looked for. */
function knownName(name: string): string {
  return scheduleNameSchema.safeParse(name).success ? name : missing(name);
}

function invalid(path: string, message: string): SommelierError {
  return new SommelierError('invalid-request', `The schedule is not valid: ${path}: ${message}.`, {
    details: [{ path, message }],
  });
}

function missing(name: string): never {
  throw new SommelierError('schedule-not-found', `There is no schedule ${name.slice(0, 64)}.`);
}
