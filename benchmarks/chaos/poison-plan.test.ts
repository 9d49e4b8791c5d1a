import { expect, it } from '@jest/globals';
import { POISON_NAMES } from './fault.ts';
import { poisonPlan } from './poison-plan.ts';
import { earlierEvents, isReader, laterEvents } from './shop.ts';

const shop = { seed: 3, nowMs: Date.UTC(2026, 0, 1) };
const plan = (name: Parameters<typeof poisonPlan>[0]) => poisonPlan(name, shop, shop.nowMs);

it('leaves the readers alone', () => {
  for (const name of POISON_NAMES) {
    expect(plan(name).events.filter(({ userId }) => isReader(userId))).toEqual([]);
  }
});

it('shuffles the items of new events among their users', () => {
  const { events, statuses } = plan('shuffled-items');
  const honest = laterEvents(shop, shop.nowMs);
  expect(statuses).toEqual(['rejected']);
  expect(events.map(({ userId }) => userId)).toEqual(honest.map(({ userId }) => userId));
  expect(events.map(({ itemId }) => itemId).sort()).toEqual(honest.map(({ itemId }) => itemId).sort());
  expect(events.filter(({ itemId }, index) => itemId !== honest[index]!.itemId).length).toBeGreaterThan(
    honest.length * 0.9,
  );
});

it('floods by one user, as much as all others together', () => {
  const { events, warning } = plan('flood');
  expect(new Set(events.map(({ userId }) => userId)).size).toBe(1);
  expect(events).toHaveLength(earlierEvents(shop).length);
  expect(warning).toBe('flood');
});

it('adds events of the far future only', () => {
  const { events } = plan('far-future');
  expect(events.length).toBeGreaterThan(0);
  for (const { timestampMs } of events) expect(timestampMs).toBeGreaterThan(shop.nowMs);
});

it('has a late visitor whose window nobody else is in', () => {
  const { events, request } = plan('empty-window');
  const windowMs = (request as { data: { windowDays: number } }).data.windowDays * 86_400_000;
  expect(events).toHaveLength(1);
  expect(events[0]!.timestampMs - windowMs).toBeGreaterThan(shop.nowMs);
});
