import { expect, test } from '@jest/globals';
import { runConfigSchema } from '@sommelier/contracts';
import type { ArtifactStore, EventPage, EventStore } from '@sommelier/platform';
import { prepareStage } from './prepare-stage.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;

/** Two users with four items each, all on one day; an old user and item; and one far in the future. */
const ROWS: readonly (readonly [timestampMs: number, userId: string, itemId: string])[] = [
  ...['a', 'b'].flatMap((user) => [1, 2, 3, 4].map((item) => [NOW_MS - item, user, `item-${item}`] as const)),
  [NOW_MS - 50 * DAY_MS, 'old', 'old-item'],
  [NOW_MS + 50 * DAY_MS, 'future', 'future-item'],
];

/** A log in memory; `asked` lists what was counted. */
function logOf(rows: typeof ROWS, asked: string[]): EventStore {
  const page = (found: typeof ROWS): EventPage => ({
    timestampsMs: found.map(([timestampMs]) => timestampMs),
    userIds: found.map(([, userId]) => userId),
    itemIds: found.map(([, , itemId]) => itemId),
    types: found.map(() => 'view'),
  });
  const distinct = (column: 1 | 2) => new Set(rows.map((row) => row[column])).size;
  return {
    insert: () => Promise.reject(new Error('nothing is written here')),
    historyOf: () => Promise.reject(new Error('nobody asks for the events of a user here')),
    historiesOf: () => Promise.reject(new Error('nobody asks for the events of users here')),
    merge: () => Promise.reject(new Error('nothing is written here')),
    userIdPages: () => {
      throw new Error('nobody asks for the users here');
    },
    async *readPages({ afterMs, untilMs }) {
      yield page(rows.filter(([timeMs]) => afterMs < timeMs && timeMs <= untilMs));
    },
    newestTimestampMs: async (notAfterMs) =>
      Math.max(...rows.map(([timeMs]) => timeMs).filter((timeMs) => timeMs <= notAfterMs)),
    async count() {
      asked.push('count');
      return rows.length;
    },
    async totals() {
      asked.push('totals');
      return { users: distinct(1), items: distinct(2), events: rows.length };
    },
  };
}

const noArtifacts: ArtifactStore = {
  put: async () => {},
  get: () => Promise.reject(new Error('no artifact is read here')),
  getShared: () => Promise.reject(new Error('no artifact is read here')),
  list: async () => [],
  delete: async () => {},
};

async function storedStep(rows: typeof ROWS, windowDays: number) {
  const asked: string[] = [];
  const { funnel } = await prepareStage(
    { events: logOf(rows, asked), artifacts: noArtifacts, nowMs: NOW_MS, report: () => {} },
    runConfigSchema.parse({ data: { windowDays, outlierDeviations: 10 } }),
    undefined,
  );
  return { asked, stored: funnel.steps[0]?.kept, inWindow: funnel.steps[1]?.kept };
}

test('what was read says what is stored when everything was read', async () => {
  const { asked, stored, inWindow } = await storedStep(ROWS.slice(0, 9), 0);
  expect(stored).toEqual({ users: 3, items: 5, events: 9 });
  expect(inWindow).toEqual(stored);
  expect(asked).toEqual(['count']);
});

test.each([
  ['a window', ROWS.slice(0, 9), 30, { users: 3, items: 5, events: 9 }],
  ['the end of the log', ROWS, 30, { users: 4, items: 6, events: 10 }],
  [
    'the end of the log without a window',
    [...ROWS.slice(0, 8), ROWS[9]!],
    0,
    { users: 3, items: 5, events: 9 },
  ],
])('what is stored is counted in the database when %s leaves events out', async (_, rows, days, expected) => {
  const { asked, stored, inWindow } = await storedStep(rows, days);
  expect(stored).toEqual(expected);
  expect(inWindow).toEqual({ users: 2, items: 4, events: 8 });
  expect(asked).toEqual(['count', 'totals']);
});
