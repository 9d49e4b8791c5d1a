import { expect, test } from '@jest/globals';
import { sessionEvidence } from './session-evidence.ts';

const DAY_MS = 86_400_000;
const OPTIONS = {
  recentItems: 2,
  itemDecay: 0.5,
  repeatWeight: 2,
  repeatDecay: 0.25,
  scale: 3,
  slope: 10,
  halfLifeDays: 1,
};
/** 0 -> 1 (.5), 2 -> 1 (.25) and 3 (.75), 3 -> 0 (1). */
const ITEM_TO_ITEM = {
  offsets: Uint32Array.of(0, 1, 1, 3, 4),
  items: Uint32Array.of(1, 1, 3, 0),
  weights: Float32Array.of(0.5, 0.25, 0.75, 1),
};
const event = (itemIndex: number, weight = 1, ageMs = 0) => ({
  itemIndex,
  weight,
  timestampMs: 10 * DAY_MS - ageMs,
});

function evidence(events: ReturnType<typeof event>[], itemToItem?: typeof ITEM_TO_ITEM) {
  const { items, values } = sessionEvidence(events, 10 * DAY_MS, itemToItem, OPTIONS);
  return new Map(Array.from(items, (item, k) => [item, values[k]!]));
}
const of = (sum: number) => 3 * Math.log(1 + 10 * sum);

test('neighbours of the latest distinct items and the own items, as computed by hand', () => {
  const found = evidence([event(2), event(0), event(2), event(3)], ITEM_TO_ITEM);
  expect([...found.keys()]).toEqual([0, 1, 2, 3]);
  // Item 3 is the third distinct one: its neighbours do not count, but it does itself.
  expect(found.get(1)).toBeCloseTo(of(0.25 + 0.5 * 0.5), 12);
  expect(found.get(0)).toBeCloseTo(of(2 * 0.25), 12);
  expect(found.get(2)).toBeCloseTo(of(2 + 2 * 0.25 ** 2), 12);
  expect(found.get(3)).toBeCloseTo(of(0.75 + 2 * 0.25 ** 3), 12);
});

test('strength counts relative to the largest, and half of it is left after the half-life', () => {
  const found = evidence([event(0, 4), event(2, 2, DAY_MS)], ITEM_TO_ITEM);
  expect(found.get(0)).toBeCloseTo(of(2), 12);
  expect(found.get(2)).toBeCloseTo(of(2 * 0.25 * 0.5 * 0.5), 12);
  expect(found.get(1)).toBeCloseTo(of(0.5 + 0.5 * 0.25 * 0.25), 12);
});

test('without the part of the model only the own items have evidence, and without events nothing has', () => {
  expect([...evidence([event(2), event(0)]).keys()]).toEqual([0, 2]);
  expect(evidence([], ITEM_TO_ITEM).size).toBe(0);
});
