import { expect, test } from '@jest/globals';
import { type SyntheticShape, syntheticData, TEST_NEGATIVES } from './synthetic-data.ts';

const SHAPE: SyntheticShape = { users: 300, items: 600, pairs: 6_000, tests: 100, seed: 7 };
const { pairs, heldOut } = syntheticData(SHAPE);
const historyOf = (user: number) => pairs.items.subarray(pairs.offsets[user]!, pairs.offsets[user + 1]!);

test('it is a function of the shape', () => {
  expect(syntheticData(SHAPE)).toEqual({ pairs, heldOut });
  expect(syntheticData({ ...SHAPE, seed: 8 }).pairs.items).not.toEqual(pairs.items);
});

test('histories are compressed rows of distinct items, about as many as asked for', () => {
  expect(pairs.offsets).toHaveLength(SHAPE.users + 1);
  expect(pairs.offsets[SHAPE.users]).toBe(pairs.items.length);
  expect(pairs.items.length).toBeGreaterThan(0.8 * SHAPE.pairs);
  expect(pairs.items.length).toBeLessThan(1.2 * SHAPE.pairs);
  for (let user = 0; user < SHAPE.users; user++) {
    const history = historyOf(user);
    expect(new Set(history).size).toBe(history.length);
    expect(history.length).toBeGreaterThan(0);
    for (const item of history) expect(item).toBeLessThan(SHAPE.items);
  }
});

test('few items have most of the pairs', () => {
  const counts = new Float64Array(SHAPE.items);
  for (const item of pairs.items) counts[item]!++;
  const most = counts
    .toSorted()
    .subarray(-SHAPE.items / 5)
    .reduce((sum, count) => sum + count, 0);
  // A fifth of equally popular items would have a fifth, and a quarter at most by chance.
  expect(most / pairs.items.length).toBeGreaterThan(0.35);
});

test('a held-out item is not in training, and its rivals are no items of the user', () => {
  expect(heldOut.users).toHaveLength(SHAPE.tests);
  expect(heldOut.negatives).toHaveLength(SHAPE.tests * TEST_NEGATIVES);
  heldOut.users.forEach((user, test) => {
    const known = new Set([...historyOf(user), heldOut.positives[test]!]);
    expect(known.size).toBe(historyOf(user).length + 1);
    for (const item of heldOut.negatives.subarray(test * TEST_NEGATIVES, (test + 1) * TEST_NEGATIVES)) {
      expect(known.has(item)).toBe(false);
    }
  });
});

test('who has one item in common has more of them in common than strangers: there is something to learn', () => {
  const shared = (a: number, b: number) => {
    const own = new Set(historyOf(a));
    return historyOf(b).filter((item) => own.has(item)).length / historyOf(b).length;
  };
  // Tastes are hidden; the pairs that overlap most must be far above the middle one.
  const overlaps = Array.from({ length: SHAPE.users - 1 }, (_, user) => shared(0, user + 1)).sort(
    (a, b) => b - a,
  );
  const middle = overlaps[Math.floor(overlaps.length / 2)]!;
  expect(overlaps[2]!).toBeGreaterThan(middle + 0.15);
});
