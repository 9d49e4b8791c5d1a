import { describe, expect, test } from '@jest/globals';
import {
  type DataConfig,
  dataConfigSchema,
  type Funnel,
  type FunnelStep,
  funnelSchema,
} from '@sommelier/contracts';
import { countKept } from './kept-events.ts';
import { type PreparedEvents, prepare } from './prepare.ts';
import { columnsOf, type LoggedEvent } from './testing/event-log.ts';
import { plainPairs } from './testing/plain-rules.ts';
import { windowOf } from './window.ts';

const DAY = 86_400_000;

function prepared(events: readonly LoggedEvent[], overrides: Partial<DataConfig> = {}): PreparedEvents {
  const config = dataConfigSchema.parse({ windowDays: 0, ...overrides });
  const columns = columnsOf(events);
  const newestMs = Math.max(...events.map(([time]) => time));
  const stored = countKept(Uint32Array.from(events.keys()), columns);
  return prepare(columns, config, { ...windowOf(newestMs, config.windowDays), stored });
}

function step({ funnel }: PreparedEvents, rule: FunnelStep['rule']): FunnelStep {
  const found = funnel.steps.find((candidate) => candidate.rule === rule);
  if (found === undefined) throw new Error(`no step ${rule}`);
  return found;
}

/** `count` events of a user, over the items i0, i1, ... in turn. */
function eventsOf(user: string, count: number, itemCount = 2): LoggedEvent[] {
  return [...new Array(count).keys()].map((index) => [1_000 + index, user, `i${index % itemCount}`]);
}

/** Each user's pairs as text: item, strength, time. */
function pairsOf({ interactions }: PreparedEvents): Record<string, string[]> {
  const { userIds, itemIds, offsets, items, strengths, timestampsMs } = interactions;
  const rows: Record<string, string[]> = {};
  for (const [user, id] of userIds.entries()) {
    rows[id] = [];
    for (let pair = offsets[user]!; pair < offsets[user + 1]!; pair++) {
      rows[id].push(`${itemIds[items[pair]!]} ${strengths[pair]} ${timestampsMs[pair]}`);
    }
  }
  return rows;
}

describe('the window', () => {
  const events: LoggedEvent[] = [
    [10 * DAY, 'u', 'a'],
    [10 * DAY + 1, 'u', 'b'],
    [11 * DAY, 'u', 'c'],
    [12 * DAY, 'u', 'd'],
  ];

  test('excludes its start and includes its end', () => {
    const result = prepared(events, { windowDays: 2 });
    expect(pairsOf(result)).toEqual({
      u: [`b 1 ${10 * DAY + 1}`, `c 1 ${11 * DAY}`, `d 1 ${12 * DAY}`],
    });
    expect(step(result, 'stored').kept).toEqual({ users: 1, items: 4, events: 4 });
    expect(step(result, 'window')).toMatchObject({
      kept: { users: 1, items: 3, events: 3 },
      dropped: { users: 0, items: 1, events: 1 },
    });
    expect([result.funnel.fromMs, result.funnel.asOfMs]).toEqual([10 * DAY, 12 * DAY]);
    expect(result.trainedUntilMs).toBe(12 * DAY);
  });

  test('leaves out what comes after its end', () => {
    const config = dataConfigSchema.parse({ minEvents: 2 });
    const stored = { users: 1, items: 4, events: 4 };
    const result = prepare(columnsOf(events), config, { fromMs: null, asOfMs: 12 * DAY - 1, stored });
    expect(pairsOf(result).u).toEqual([`a 1 ${10 * DAY}`, `b 1 ${10 * DAY + 1}`, `c 1 ${11 * DAY}`]);
    expect(result.trainedUntilMs).toBe(11 * DAY);
    expect(result.funnel.fromMs).toBeNull();
  });

  test('comes before rule 1: events outside of it do not count', () => {
    const old: LoggedEvent[] = [...new Array(50).keys()].map((index) => [index, 'u', 'a']);
    const recent = (user: string): LoggedEvent[] => [
      [12 * DAY, user, 'a'],
      [12 * DAY, user, 'b'],
      [12 * DAY, user, 'c'],
    ];
    const result = prepared([...old, ...recent('u'), ...recent('v')], { windowDays: 1 });
    expect(result.interactions.userIds).toEqual(['u', 'v']);
  });

  test('reports the stored events even when the columns hold the window alone', () => {
    const stored = { users: 9, items: 8, events: 70 };
    const result = prepare(columnsOf(events), dataConfigSchema.parse({}), {
      fromMs: 10 * DAY,
      asOfMs: 12 * DAY,
      stored,
    });
    expect(step(result, 'stored').kept).toEqual(stored);
    expect(step(result, 'window').dropped).toEqual({ users: 8, items: 5, events: 67 });
  });
});

describe('event types without a weight', () => {
  const events: LoggedEvent[] = [
    [1, 'u', 'a'],
    [2, 'u', 'b'],
    [3, 'u', 'c', 'constructor'],
    [1, 'v', 'a'],
    [2, 'v', 'b'],
    [3, 'v', 'a', 'addtocart'],
  ];

  test('are dropped before rule 1 and appear in the funnel only', () => {
    const result = prepared(events);
    // Without its event of an unknown type, u has two events and falls to rule 1.
    expect(pairsOf(result)).toEqual({ v: ['b 1 2', 'a 2 3'] });
    expect(result.funnel.eventsByType).toEqual({ addtocart: 1, constructor: 1, view: 4 });
    expect(step(result, 'weighted-types')).toMatchObject({
      kept: { users: 2, items: 2, events: 5 },
      dropped: { users: 0, items: 1, events: 1 },
    });
    expect(result.funnel.steps.map(({ rule }) => rule)).toEqual([
      'stored',
      'window',
      'weighted-types',
      'event-count',
      'distinct-items',
      'interactions',
    ]);
    expect(funnelSchema.safeParse(result.funnel).success).toBe(true);
  });

  test('still decide until when the log was read', () => {
    expect(prepared([...events, [9, 'w', 'a', 'wishlist']]).trainedUntilMs).toBe(9);
  });

  test('do not enter the mean of rule 1', () => {
    // w's 40 unknown events would raise mean and deviation, so that x with 9 would stay.
    const few = ['a', 'b', 'c', 'd'].flatMap((user) => eventsOf(user, 3));
    const unknown = [...new Array(40).keys()].map((index): LoggedEvent => [index, 'w', 'i0', 'wishlist']);
    const result = prepared([...few, ...eventsOf('e', 4), ...eventsOf('x', 9), ...unknown]);
    expect(result.interactions.userIds).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('rule 1, the number of events', () => {
  test('keeps a user with exactly the least number', () => {
    const result = prepared([...eventsOf('two', 2), ...eventsOf('three', 3)]);
    expect(result.interactions.userIds).toEqual(['three']);
    expect(step(result, 'event-count')).toMatchObject({
      kept: { users: 1, items: 2, events: 3 },
      dropped: { users: 1, items: 0, events: 2 },
    });
  });

  test('keeps a user at exactly mean + 2 s, and drops one above', () => {
    const others = [...['a', 'b', 'c', 'd'].flatMap((user) => eventsOf(user, 3)), ...eventsOf('e', 4)];
    // Counts 3, 3, 3, 3, 4, 8: mean 4, s = 2. With 9 in place of 8: mean 4.17, s = 2.40.
    const at = prepared([...others, ...eventsOf('x', 8)]);
    expect(at.interactions.userIds).toEqual(['a', 'b', 'c', 'd', 'e', 'x']);
    const above = prepared([...others, ...eventsOf('x', 9, 3)]);
    expect(above.interactions.userIds).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(step(above, 'event-count').dropped).toEqual({ users: 1, items: 1, events: 9 });
    expect(step(above, 'event-count').description).toContain(
      'at most 8 (mean 4.17 + 2 x standard deviation 2.40)',
    );
  });

  test('takes mean and deviation over users that it drops, too', () => {
    // Counts 1 x 8, 4: mean 4/3, s = 1, limit 10/3. Over those with at least 3 events alone, 4 would stay.
    const single = [...'abcdefgh'].flatMap((user) => eventsOf(user, 1));
    expect(() => prepared([...single, ...eventsOf('x', 4)])).toThrow(
      expect.objectContaining({ code: 'all-filtered', message: expect.stringContaining('dropped 9 users') }),
    );
  });

  test('hands on the funnel as far as it came before it refuses', () => {
    const columns = columnsOf(eventsOf('x', 2));
    const config = dataConfigSchema.parse({ windowDays: 0 });
    const stored = { users: 1, items: 2, events: 2 };
    const refused: Funnel[] = [];
    const options = { ...windowOf(2_000, 0), stored, onRefused: (funnel: Funnel) => refused.push(funnel) };
    expect(() => prepare(columns, config, options)).toThrow(
      expect.objectContaining({ code: 'all-filtered' }),
    );
    expect(refused).toHaveLength(1);
    expect(funnelSchema.parse(refused[0])).toMatchObject({ interactions: 0, eventsByType: { view: 2 } });
    expect(refused[0]!.steps.at(-1)).toMatchObject({ rule: 'distinct-items', kept: { users: 0, events: 0 } });
    expect(refused[0]!.steps.find(({ rule }) => rule === 'event-count')?.dropped.events).toBe(2);
  });

  test('keeps a single user, however many events', () => {
    expect(pairsOf(prepared(eventsOf('u', 500))).u).toHaveLength(2);
  });
});

describe('rule 2, the number of distinct items', () => {
  test('drops a user with one item, however many events', () => {
    const result = prepared([...eventsOf('one', 4, 1), ...eventsOf('two', 4, 2)]);
    expect(result.interactions.userIds).toEqual(['two']);
    expect(step(result, 'distinct-items')).toMatchObject({
      kept: { users: 1, items: 2, events: 4 },
      dropped: { users: 1, items: 0, events: 4 },
    });
  });

  test('counts again for each user', () => {
    const events: LoggedEvent[] = [...eventsOf('u', 3, 3), ...eventsOf('v', 3, 3), ...eventsOf('w', 3, 2)];
    expect(prepared(events, { minDistinctItems: 3 }).interactions.userIds).toEqual(['u', 'v']);
  });
});

describe('rule 3, the strength', () => {
  test('is the largest weight of the events of a pair, and the time that of the last', () => {
    const result = prepared([
      [1, 'u', 'a', 'transaction'],
      [7, 'u', 'a', 'view'],
      [2, 'u', 'b', 'view'],
      [3, 'u', 'b', 'addtocart'],
      [5, 'u', 'c', 'view'],
    ]);
    expect(pairsOf(result)).toEqual({ u: ['b 2 3', 'c 1 5', 'a 3 7'] });
    expect(step(result, 'interactions')).toMatchObject({
      kept: { users: 1, items: 3, events: 3 },
      dropped: { users: 0, items: 0, events: 2 },
    });
    expect(result.funnel.interactions).toBe(3);
  });

  test('follows configured weights, below 1 as well', () => {
    const weights = { view: 0.5, wishlist: 0.25 };
    const result = prepared(
      [
        [1, 'u', 'a', 'wishlist'],
        [2, 'u', 'b'],
        [3, 'u', 'b', 'wishlist'],
      ],
      { weights },
    );
    expect(pairsOf(result)).toEqual({ u: ['a 0.25 1', 'b 0.5 3'] });
  });
});

describe('rule 4, the indices', () => {
  const emoji = '\u{1f600}';
  const privateUse = '\ue000';

  test('follow the UTF-8 bytes of the ids, not their numbers and not UTF-16', () => {
    const users = ['10', '9', 'b', 'B', emoji, privateUse];
    const items = [emoji, privateUse, 'z'];
    const events = users.flatMap((user) => items.map((item): LoggedEvent => [1, user, item]));
    const { interactions } = prepared(events);
    expect(interactions.userIds).toEqual(['10', '9', 'B', 'b', privateUse, emoji]);
    expect(interactions.itemIds).toEqual(['z', privateUse, emoji]);
  });

  test('break ties of time within a user', () => {
    const result = prepared([
      [5, 'u', 'c'],
      [5, 'u', 'a'],
      [4, 'u', 'd'],
      [5, 'u', 'b'],
    ]);
    expect(pairsOf(result).u).toEqual(['d 1 4', 'a 1 5', 'b 1 5', 'c 1 5']);
  });

  test('do not depend on the order of the events, in short rows and long ones', () => {
    const types = ['view', 'view', 'addtocart', 'transaction', 'wishlist'];
    const events: LoggedEvent[] = [];
    // Long and short rows, equal times, ids on both sides of the surrogates.
    for (let index = 0; index < 3_000; index++) {
      const user = `u${(index * index) % 61}${index % 2 === 0 ? emoji : privateUse}`;
      events.push([(index * 7) % 97, user, `i${(index * 31) % 113}`, types[index % 5]]);
    }
    const shuffled = events
      .map((event, index) => ({ event, key: (index * 7_919) % 3_001 }))
      .sort((a, b) => a.key - b.key)
      .map(({ event }) => event);
    const options = { outlierDeviations: 1_000, windowDays: 90 / DAY };
    const first = prepared(events, options);
    expect(first.interactions.items.length).toBeGreaterThan(1_000);
    for (const order of [shuffled, [...events].reverse()]) {
      const again = prepared(order, options);
      expect(again).toEqual(first);
      expect(JSON.stringify(again.funnel)).toBe(JSON.stringify(first.funnel));
    }
    expectRowsInOrder(first);
  });
});

function expectRowsInOrder({ interactions }: PreparedEvents): void {
  const { offsets, items, timestampsMs } = interactions;
  let longest = 0;
  for (let user = 0; user + 1 < offsets.length; user++) {
    longest = Math.max(longest, offsets[user + 1]! - offsets[user]!);
    for (let pair = offsets[user]! + 1; pair < offsets[user + 1]!; pair++) {
      const later = timestampsMs[pair]! - timestampsMs[pair - 1]! || items[pair]! - items[pair - 1]!;
      expect(later).toBeGreaterThan(0);
    }
  }
  expect(longest).toBeGreaterThan(30);
}

describe('the rules together', () => {
  test('give what a plain program on objects gives', () => {
    const events: LoggedEvent[] = [];
    const types = ['view', 'view', 'view', 'addtocart', 'transaction', 'wishlist'];
    for (let index = 0; index < 2_000; index++) {
      const user = Math.floor(140 * ((index * 0.618_034) % 1) ** 2);
      events.push([(index * 37) % 1_009, `u${user}`, `i${(index * index) % 53}`, types[index % 6]]);
    }
    const result = prepared(events, { windowDays: 800 / DAY });
    const expected = plainPairs(events, 800);
    expect(Object.keys(expected).length).toBeGreaterThan(50);
    expect(pairsOf(result)).toEqual(expected);
  });
});

describe('nothing to train on', () => {
  const nothing = { users: 0, items: 0, events: 0 };
  const config = dataConfigSchema.parse({});

  test('no event at all', () => {
    expect(() => prepare(columnsOf([]), config, { fromMs: null, asOfMs: 5, stored: nothing })).toThrow(
      expect.objectContaining({ code: 'no-events' }),
    );
  });

  test('no event in the window', () => {
    const stored = { users: 1, items: 1, events: 3 };
    for (const columns of [
      columnsOf([]),
      columnsOf([
        [1, 'u', 'a'],
        [2, 'u', 'b'],
        [3, 'u', 'b'],
      ]),
    ]) {
      expect(() => prepare(columns, config, { fromMs: 3, asOfMs: 5, stored })).toThrow(
        expect.objectContaining({
          code: 'all-filtered',
          message: expect.stringMatching(/window .* dropped 1 users and 3 events/),
        }),
      );
    }
  });

  test('names every rule that dropped something, with how much', () => {
    const events: LoggedEvent[] = [
      [0, 'old', 'a'],
      [2 * DAY, 'u', 'a', 'wishlist'],
      [2 * DAY, 'v', 'a'],
      ...[1, 2, 3].map((index): LoggedEvent => [2 * DAY - index, 'w', 'a']),
    ];
    let message = '';
    try {
      prepared(events, { windowDays: 1 });
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    expect(message).toMatch(/Of 6 events/);
    expect(message).toMatch(
      /window .* dropped 1 users and 1 events; weighted-types .* dropped 1 users and 1 events/,
    );
    expect(message).toMatch(
      /event-count .* dropped 1 users and 1 events; distinct-items .* dropped 1 users and 3 events/,
    );
  });

  test('a single item', () => {
    expect(() => prepared(eventsOf('u', 3, 1), { minDistinctItems: 1 })).toThrow(
      expect.objectContaining({ code: 'too-few-interactions', message: expect.stringContaining('1 item') }),
    );
  });
});
