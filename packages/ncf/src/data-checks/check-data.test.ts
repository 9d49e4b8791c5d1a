import { describe, expect, test } from '@jest/globals';
import { type DataFinding, dataConfigSchema, dataFindingSchema } from '@sommelier/contracts';
import fc from 'fast-check';
import { idTableFrom } from '../model-file/id-table.ts';
import { EventColumnsBuilder } from '../preparation/event-columns-builder.ts';
import { windowOf } from '../preparation/window.ts';
import { checkData } from './check-data.ts';

type Row = readonly [timestampMs: number, userId: string, itemId: string, type?: string];

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2015, 5, 1);
const CONFIG = dataConfigSchema.parse({ windowDays: 0 });

/** 1,200 events of 100 users and 40 items over 12 days, of all three types. */
function shop(): Row[] {
  return [...new Array(1_200).keys()].map((k) => [
    START_MS + (k * 12 * DAY_MS) / 1_200,
    `u${k % 100}`,
    `i${(k * 7) % 40}`,
    k % 50 === 0 ? 'transaction' : k % 10 === 0 ? 'addtocart' : 'view',
  ]);
}

function check(
  rows: readonly Row[],
  options: { newestStoredMs?: number; incumbent?: string[]; windowDays?: number; namesUsers?: boolean } = {},
): DataFinding[] {
  const builder = new EventColumnsBuilder();
  builder.append({
    timestampsMs: rows.map(([time]) => time),
    userIds: rows.map(([, user]) => user),
    itemIds: rows.map(([, , item]) => item),
    types: rows.map(([, , , type]) => type ?? 'view'),
  });
  const newestMs = rows.reduce((newest, [time]) => Math.max(newest, time), 0);
  return checkData({
    columns: builder.build(),
    window: windowOf(newestMs, options.windowDays ?? 0),
    config: CONFIG,
    newestStoredMs: options.newestStoredMs ?? newestMs,
    incumbentItems: options.incumbent && idTableFrom(options.incumbent.sort()),
    namesUsers: options.namesUsers ?? false,
  });
}

function finding(code: DataFinding['code'], ...args: Parameters<typeof check>): DataFinding {
  const found = check(...args).find((one) => one.code === code);
  if (found === undefined) throw new Error(`no finding ${code}`);
  return found;
}

describe('checkData', () => {
  test('finds nothing wrong with a sound log', () => {
    const findings = check(shop(), { incumbent: shop().map(([, , item]) => item) });
    expect(findings.map(({ code, level }) => `${code} ${level}`)).toEqual([
      'volume ok',
      'event-types ok',
      'time-unit ok',
      'future-events ok',
      'gap ok',
      'flood ok',
      'placeholder-ids ok',
      'duplicates ok',
      'new-items ok',
    ]);
  });

  test('counts what is in the window, and says when that is little or nothing', () => {
    expect(finding('volume', shop())).toMatchObject({ figures: { users: 100, items: 40, events: 1_200 } });
    expect(finding('volume', shop().slice(0, 999))).toMatchObject({ level: 'warn' });
    expect(finding('volume', shop(), { windowDays: 1 })).toMatchObject({ level: 'warn' });
    expect(check([], { newestStoredMs: 5 }).map(({ code, level }) => [code, level])).toEqual([
      ['volume', 'fail'],
      ['future-events', 'warn'],
    ]);
  });

  test('types: none with a weight, many without, one that is missing', () => {
    const as = (type: string, from = 0) =>
      shop().map((row, k): Row => (k < from ? row : [row[0], row[1], row[2], type]));
    expect(finding('event-types', as('click'))).toMatchObject({ level: 'fail', figures: { click: 1 } });
    // 300 of 1,200 are a quarter.
    expect(finding('event-types', as('click', 900))).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('25.0% of the events have no weight'),
    });
    expect(finding('event-types', as('view'))).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('no event of the type addtocart, transaction'),
    });
  });

  test('times: seconds for milliseconds, the future, a gap', () => {
    const inSeconds = shop().map(([time, ...rest]): Row => [time / 1_000, ...rest]);
    expect(finding('time-unit', inSeconds)).toMatchObject({ level: 'fail', figures: { share: 1 } });
    const one: Row[] = [...shop(), [0, 'u1', 'i1']];
    expect(finding('time-unit', one)).toMatchObject({ level: 'warn', figures: { events: 1 } });
    expect(finding('future-events', shop(), { newestStoredMs: START_MS + 400 * DAY_MS })).toMatchObject({
      level: 'warn',
      figures: { newestMs: START_MS + 400 * DAY_MS },
    });
    const split = shop().map(([time, ...rest], k): Row => [k < 600 ? time : time + 5 * DAY_MS, ...rest]);
    expect(finding('gap', split)).toMatchObject({ level: 'warn', figures: { gapDays: 5 } });
    const shorter = shop().map(([time, ...rest], k): Row => [k < 600 ? time : time + 2 * DAY_MS, ...rest]);
    expect(finding('gap', shorter)).toMatchObject({ level: 'ok', figures: { gapDays: 2 } });
  });

  test("one user's flood, told from a log of few users", () => {
    const flood = [...new Array(400).keys()].map((k): Row => [START_MS + k, 'robot', `i${k % 40}`]);
    expect(finding('flood', [...shop(), ...flood], { namesUsers: true })).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('User "robot" alone has 400 events (25.0%)'),
      figures: { events: 400, share: 0.25 },
    });
    expect(finding('flood', [...shop(), ...flood])?.text).toMatch(/^One user alone has 400 events \(25.0%\)/);
    const two = shop().map(([time, , item], k): Row => [time, `u${k % 2}`, item]);
    expect(finding('flood', two)).toMatchObject({ level: 'ok', figures: { share: 0.5 } });
  });

  test('ids that stand for nobody', () => {
    const rows = shop().map((row, k): Row => (k % 20 === 0 ? [row[0], 'NULL', row[2]] : row));
    expect(finding('placeholder-ids', rows)).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('60 events (5.0%)'),
    });
  });

  test('duplicates: the same time, user, item and type', () => {
    const rows = [...shop(), ...shop().slice(0, 300)];
    expect(finding('duplicates', rows)).toMatchObject({
      level: 'warn',
      figures: { events: 300, share: 0.2 },
    });
    const other: Row[] = [
      [5, 'a', 'x', 'view'],
      [5, 'a', 'x', 'transaction'],
      [5, 'a', 'y', 'view'],
      [5, 'b', 'x', 'view'],
      [6, 'a', 'x', 'view'],
    ];
    expect(finding('duplicates', other)).toMatchObject({ figures: { events: 0 } });
  });

  test('items that the served model does not know', () => {
    const half = [...new Array(20).keys()].map((item) => `i${item}`);
    expect(finding('new-items', shop(), { incumbent: half })).toMatchObject({
      level: 'warn',
      figures: { items: 20, share: 0.5, itemShare: 0.5 },
    });
    expect(check(shop()).some(({ code }) => code === 'new-items')).toBe(false);
  });

  test('every finding is valid, one a code, and duplicates are counted exactly, whatever the log', () => {
    const row = fc.tuple(
      fc.oneof(fc.nat(3), fc.nat(8_640_000_000_000_000)),
      fc.constantFrom('a', 'b', 'null'),
      fc.constantFrom('x', 'y'),
      fc.constantFrom('view', 'click'),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const findings = check(rows as Row[], { incumbent: ['x'] });
        for (const one of findings) expect(dataFindingSchema.safeParse(one).success).toBe(true);
        expect(new Set(findings.map(({ code }) => code)).size).toBe(findings.length);
        const distinct = new Set(rows.map((one) => one.join(' '))).size;
        expect(findings.find(({ code }) => code === 'duplicates')?.figures.events).toBe(
          rows.length - distinct,
        );
      }),
    );
  });
});
