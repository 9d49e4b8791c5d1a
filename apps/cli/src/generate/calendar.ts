import { positionIn, prefixSums } from './curve.ts';
import { PUBLISHED } from './published-profile.ts';
import { RandomStream, STREAMS } from './random-stream.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** How much more or less happens on a day than its weekday says: standard deviation of the logarithm. */
const DAY_SIGMA = 0.12;

/** When a shop is visited: busy and quiet weekdays and hours, as published (UTC). */
export interface Calendar {
  /** Start of the period, Unix ms. */
  readonly startMs: number;
  /** End of the period, exclusive, Unix ms. */
  readonly endMs: number;
  /** A time of a visit's start, not later than `latestMs` by more than a day. */
  drawStart(latestMs: number, random: RandomStream): number;
  /** A time at a usual hour, in the same day of the period as the given one. */
  moveToUsualHour(timeMs: number, random: RandomStream): number;
}

/** The calendar of the `days` days before `endMs`; the same arguments give the same calendar. */
export function openCalendar(endMs: number, days: number, seed: number): Calendar {
  const startMs = endMs - days * DAY_MS;
  const random = new RandomStream(seed, STREAMS.calendar);
  const busyness = prefixSums(
    Array.from({ length: days }, (_, day) => {
      const weekday = new Date(startMs + (day + 0.5) * DAY_MS).getUTCDay();
      return PUBLISHED.viewersByWeekday[weekday]! * Math.exp(DAY_SIGMA * random.normal());
    }),
  );
  const hours = prefixSums(PUBLISHED.viewsByHour);
  const usualTime = (dayStartMs: number, numbers: RandomStream): number => {
    const hour = positionIn(hours, numbers.uniform() * hours[24]!, 0, 24);
    // The hour as UTC has it, in the 24 hours that begin at the period's own start of day.
    const midnightMs = Math.floor(dayStartMs / DAY_MS) * DAY_MS;
    const timeMs = midnightMs + hour * HOUR_MS + numbers.below(HOUR_MS);
    return timeMs < dayStartMs ? timeMs + DAY_MS : timeMs;
  };
  return {
    startMs,
    endMs,
    drawStart(latestMs, numbers) {
      const lastDay = Math.max(1, Math.min(days, Math.floor((latestMs - startMs) / DAY_MS)));
      const day = positionIn(busyness, numbers.uniform() * busyness[lastDay]!, 0, lastDay);
      return usualTime(startMs + day * DAY_MS, numbers);
    },
    moveToUsualHour(timeMs, numbers) {
      return usualTime(startMs + Math.floor((timeMs - startMs) / DAY_MS) * DAY_MS, numbers);
    },
  };
}
