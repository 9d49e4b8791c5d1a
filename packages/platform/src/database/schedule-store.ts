import {
  type Problem,
  problemSchema,
  type Schedule,
  type ScheduleRequest,
  scheduleRequestSchema,
} from '@sommelier/contracts';
import type { Schedule as ScheduleRow } from '../generated/mysql/client.ts';
import type { Connection } from './client.ts';
import type { ScheduleStore } from './database.ts';
import { readJson, readNullableJson } from './stored-json.ts';
import { toBigInt } from './training-run-row.ts';

const MAX_LISTED = 1_000;

/** Schedules of training runs, see {@link ScheduleStore}. */
export class PrismaScheduleStore implements ScheduleStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async put(name: string, schedule: ScheduleRequest, nowMs: number): Promise<Schedule> {
    const { client, run } = this.#connection;
    const { cron, timeZone, jitterSeconds, priority, enabled } = schedule;
    const data = {
      cron,
      timeZone,
      jitterSeconds,
      priority,
      enabled,
      request: JSON.stringify(schedule.request),
      updatedAtMs: toBigInt(nowMs),
    };
    const create = { name, createdAtMs: toBigInt(nowMs), ...data };
    return toSchedule(await run(() => client.schedule.upsert({ where: { name }, update: data, create })));
  }

  async get(name: string): Promise<Schedule | undefined> {
    const { client, run } = this.#connection;
    const row = await run(() => client.schedule.findUnique({ where: { name } }));
    return row === null ? undefined : toSchedule(row);
  }

  async list(): Promise<Schedule[]> {
    const { client, run } = this.#connection;
    const rows = await run(() => client.schedule.findMany({ orderBy: { name: 'asc' }, take: MAX_LISTED }));
    return rows.map(toSchedule);
  }

  async delete(name: string): Promise<boolean> {
    const { client, run } = this.#connection;
    return (await run(() => client.schedule.deleteMany({ where: { name } }))).count === 1;
  }

  async ticked(
    name: string,
    tick: { atMs: number; runId: string | null; error: Problem | null },
  ): Promise<void> {
    const { client, run } = this.#connection;
    const data = {
      lastTickAtMs: toBigInt(tick.atMs),
      lastError: tick.error === null ? null : JSON.stringify(tick.error),
      ...(tick.runId !== null && { lastRunId: tick.runId }),
    };
    await run(() => client.schedule.updateMany({ where: { name }, data }));
  }
}

function toSchedule(row: ScheduleRow): Schedule {
  const place = (column: string) => `Schedule ${row.name}, column ${column},`;
  const { name, cron, timeZone, jitterSeconds, priority, enabled, lastRunId } = row;
  return {
    name,
    cron,
    timeZone,
    jitterSeconds,
    priority,
    enabled,
    request: readJson(scheduleRequestSchema.shape.request, row.request, place('request')),
    createdAtMs: Number(row.createdAtMs),
    updatedAtMs: Number(row.updatedAtMs),
    lastTickAtMs: row.lastTickAtMs === null ? null : Number(row.lastTickAtMs),
    lastRunId,
    lastError: readNullableJson(problemSchema, row.lastError, place('lastError')),
  };
}
