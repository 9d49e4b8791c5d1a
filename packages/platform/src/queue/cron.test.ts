import { describe, expect, test } from '@jest/globals';
import { nextTimes } from './cron.ts';

/** The next times in Berlin after one in UTC, as they are written in Berlin. */
function inBerlin(cron: string, after: string, count: number): string[] {
  const times = nextTimes(cron, { timeZone: 'Europe/Berlin', afterMs: Date.parse(after), count });
  const local = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return times.map((atMs) => local.format(atMs));
}

describe('nextTimes', () => {
  test('are in the time zone, not in that of the machine', () => {
    const options = { afterMs: Date.UTC(2026, 0, 1, 12), count: 2 };
    expect(nextTimes('30 3 * * *', { ...options, timeZone: 'UTC' })).toEqual([
      Date.UTC(2026, 0, 2, 3, 30),
      Date.UTC(2026, 0, 3, 3, 30),
    ]);
    expect(nextTimes('30 3 * * *', { ...options, timeZone: 'Asia/Tokyo' })[0]).toBe(
      Date.UTC(2026, 0, 1, 18, 30),
    );
  });

  test('a daily time that a clock change doubles comes once, and one that it skips comes all the same', () => {
    expect(inBerlin('30 2 * * *', '2026-10-24T12:00Z', 3)).toEqual([
      '2026-10-25 02:30',
      '2026-10-26 02:30',
      '2026-10-27 02:30',
    ]);
    const spring = inBerlin('30 2 * * *', '2026-03-28T12:00Z', 2);
    expect(spring[0]).toMatch(/^2026-03-29 03:/);
    expect(spring[1]).toBe('2026-03-30 02:30');
  });

  test('six fields begin with the second', () => {
    const options = { timeZone: 'UTC', afterMs: 0, count: 2 };
    expect(nextTimes('*/10 * * * * *', options)).toEqual([10_000, 20_000]);
  });

  test.each(['', 'x', '* * *', '61 * * * *', '0 3 * * 9'])('%j is refused', (cron) => {
    const options = { timeZone: 'UTC', afterMs: 0, count: 1 };
    expect(() => nextTimes(cron, options)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
  });

  test('a day that never comes is none', () => {
    const options = { timeZone: 'UTC', afterMs: 0, count: 1 };
    expect(() => nextTimes('0 0 30 2 *', options)).toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });
});
