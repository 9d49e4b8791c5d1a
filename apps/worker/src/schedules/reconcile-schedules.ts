import type { Database, ScheduleQueue } from '@sommelier/platform';

/** Makes the queue's schedulers those of the rows: missing and changed ones are written, others are removed. */
export async function reconcileSchedules(parts: {
  database: Pick<Database, 'schedules'>;
  scheduleQueue: Pick<ScheduleQueue, 'scheduled' | 'upsert' | 'remove'>;
}): Promise<void> {
  const { database, scheduleQueue } = parts;
  const wanted = (await database.schedules.list()).filter(({ enabled }) => enabled);
  const scheduled = new Map((await scheduleQueue.scheduled()).map((each) => [each.name, each]));
  for (const schedule of wanted) {
    const known = scheduled.get(schedule.name);
    scheduled.delete(schedule.name);
    // Written again only when it differs: that would move a tick that is due now.
    if (known?.cron !== schedule.cron || known.timeZone !== schedule.timeZone)
      await scheduleQueue.upsert(schedule);
  }
  for (const name of scheduled.keys()) await scheduleQueue.remove(name);
}
