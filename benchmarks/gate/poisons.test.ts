import { describe, expect, it } from '@jest/globals';
import type { VisitorEvent } from '../sessions/session.ts';
import { parseOptions } from './options.ts';
import { POISONS } from './poisons.ts';

const events: VisitorEvent[] = [...new Array(400).keys()].map((k) => ({
  timestampMs: 1e12 + k * 1_000,
  userId: `u${k % 20}`,
  itemId: `i${(k * 7) % 50}`,
  type: 'view',
}));

const apply = (name: RegExp, untilMs = 0) => {
  const poison = POISONS.find((one) => name.test(one.name));
  if (poison === undefined) throw new Error(`no poison ${name}`);
  return poison.apply(events, untilMs, 1);
};
const itemsOf = (log: readonly VisitorEvent[]) => log.map(({ itemId }) => itemId);

describe('poisons', () => {
  it('shuffle items and nothing else, of all events or of the newest', () => {
    const all = apply(/whole log/);
    expect(all.map(({ itemId: _, ...rest }) => rest)).toEqual(events.map(({ itemId: _, ...rest }) => rest));
    expect(itemsOf(all).sort()).toEqual(itemsOf(events).sort());
    expect(itemsOf(all)).not.toEqual(itemsOf(events));
    const newest = apply(/newest/, events[299]!.timestampMs);
    expect(newest.slice(0, 300)).toEqual(events.slice(0, 300));
    expect(itemsOf(newest.slice(300)).sort()).toEqual(itemsOf(events.slice(300)).sort());
    expect(itemsOf(newest)).not.toEqual(itemsOf(events));
  });

  it('flood with one visitor, send some far into the future, leave a window empty', () => {
    const flooded = apply(/flood/);
    expect(flooded.slice(0, 400)).toEqual(events);
    expect(new Set(flooded.slice(400).map(({ userId }) => userId)).size).toBe(1);
    expect(flooded).toHaveLength(800);
    const future = apply(/future/).filter(({ timestampMs }) => timestampMs > 1.5e12);
    expect(future.length).toBeGreaterThan(0);
    expect(future.length).toBeLessThan(20);
    expect(apply(/empty/).filter(({ timestampMs }) => timestampMs > 1e12 - 1)).toHaveLength(1);
    // What is declared of a poison is not changed by the one before it.
    expect(new Set(POISONS.map(({ name }) => name)).size).toBe(POISONS.length);
  });
});

describe('options', () => {
  it('are checked, and put into the configuration of every training', () => {
    const given = [
      '--data',
      'x.csv',
      '--json',
      'y.json',
      '--factors',
      '8',
      '--window-days',
      '30',
      '--retrains',
      '3',
    ];
    expect(parseOptions(given)).toMatchObject({
      retrains: 3,
      begin: 0.5,
      poisons: true,
      config: { model: { factors: 8 }, data: { windowDays: 30 } },
    });
    expect(parseOptions(given)).toMatchObject({ config: { warmStart: false } });
    expect(parseOptions([...given, '--warm'])).toMatchObject({ config: { warmStart: true } });
    expect(() => parseOptions(['--data', 'x.csv'])).toThrow('--data and --json are needed');
    expect(() => parseOptions([...given, '--begin', '1'])).toThrow('--begin: 1 is not below 1');
  });
});
