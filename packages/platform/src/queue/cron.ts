import { SommelierError } from '@sommelier/contracts';
import { CronExpressionParser } from 'cron-parser';

const FIELDS = /^\S+(\s+\S+){4,5}$/;

/**
 * The next times of a cron line after a time (Unix ms), as the queue's scheduler computes them; fewer than `count` when
 * there are no more.
 * @throws SommelierError `invalid-request` when the line is none, or never comes
 */
export function nextTimes(
  cron: string,
  options: { timeZone: string; afterMs: number; count: number },
): number[] {
  const { timeZone, afterMs, count } = options;
  try {
    // The library fills in fields that are missing.
    if (!FIELDS.test(cron.trim())) throw new Error('it must have five fields, or six with seconds in front');
    const times = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(afterMs) });
    return times.take(count).map((time) => time.getTime());
  } catch (error) {
    const details = [{ path: 'cron', message: (error as Error).message }];
    const message = `${JSON.stringify(cron)} is not a cron line: ${(error as Error).message}.`;
    throw new SommelierError('invalid-request', message, { cause: error, details });
  }
}
