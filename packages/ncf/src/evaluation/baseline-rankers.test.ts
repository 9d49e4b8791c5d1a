import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hash32 } from '../random/counter-random.ts';
import { drawUsers } from './draw-users.ts';
import { createItemKnnRanker } from './item-knn-ranker.ts';
import { ITEM_KNN_DEFAULTS, type ItemKnnOptions, ItemNeighbours } from './item-neighbours.ts';
import { createPopularityRanker } from './popularity-ranker.ts';
import { rankPositives } from './rank-positives.ts';
import { splitLeaveOneOut, trainingPairsOf } from './split-leave-one-out.ts';
import { interactionsOf } from './testing/interactions-of.ts';

const rows = [[0, 1], [0, 1, 2], [2, 3], [0]];
const pairs = trainingPairsOf(interactionsOf(rows, 5));

/** Neighbours of each item as `item similarity`. */
function neighboursOf(options: ItemKnnOptions, of = pairs): [number, number][][] {
  const neighbours = new ItemNeighbours(of, options);
  return Array.from({ length: of.itemCount }, (_, item) => {
    const { items, values } = neighbours.of(item);
    return Array.from(items, (other, place): [number, number] => [other, values[place]!]);
  });
}

/** The same, counted pair by pair of items over all users, for all items at once. */
function neighboursByDefinition(
  users: readonly (readonly number[])[],
  itemCount: number,
  options: ItemKnnOptions,
): [number, number][][] {
  const { neighbours, shrinkage, maxItemsPerUser } = { ...ITEM_KNN_DEFAULTS, ...options };
  const sets = users.map((row) => new Set(row.slice(-maxItemsPerUser)));
  const count = (...items: number[]) => sets.filter((set) => items.every((item) => set.has(item))).length;
  const numbers = [...new Array(itemCount).keys()];
  const sizes = numbers.map((item) => count(item));
  return numbers.map((item) =>
    numbers
      .filter((other) => other !== item && count(item, other) > 0)
      .map((other): [number, number] => [
        other,
        Math.fround(count(item, other) / (Math.sqrt(sizes[item]! * sizes[other]!) + shrinkage)),
      ])
      .sort(([a, left], [b, right]) => right - left || a - b)
      .slice(0, neighbours)
      .sort(([a], [b]) => a - b),
  );
}

describe('popularity', () => {
  test('scores an item by its users in training, the same for everybody', async () => {
    const scores = await createPopularityRanker(pairs).scoreUsers(Uint32Array.of(3, 0));
    expect([...scores]).toEqual([3, 2, 2, 1, 0, 3, 2, 2, 1, 0]);
  });
});

describe('item-kNN', () => {
  test('similarity is the cosine over users, shrunk', () => {
    // Users of the items: 0: {0, 1, 3}, 1: {0, 1}, 2: {1, 2}, 3: {2}, 4: {}.
    const cosines = neighboursOf({ shrinkage: 0 });
    expect(cosines.map((row) => row.map(([item]) => item))).toEqual([[1, 2], [0, 2], [0, 1, 3], [2], []]);
    expect(cosines[0]![0]![1]).toBeCloseTo(2 / Math.sqrt(6), 6);
    expect(cosines[0]![1]![1]).toBeCloseTo(1 / Math.sqrt(6), 6);
    expect(cosines[1]![1]![1]).toBeCloseTo(1 / 2, 6);
    expect(cosines[3]![0]![1]).toBeCloseTo(1 / Math.sqrt(2), 6);
    expect(neighboursOf({ shrinkage: 1 })[0]![0]![1]).toBeCloseTo(2 / (Math.sqrt(6) + 1), 6);
  });

  test('whichever items are asked for, in whatever order and how often, their neighbours are those of all', () => {
    const shop = fc.array(fc.uniqueArray(fc.nat(29), { maxLength: 12 }), { minLength: 1, maxLength: 40 });
    const asked = fc.array(fc.nat(29), { maxLength: 60 });
    const limits = fc.record({
      neighbours: fc.integer({ min: 1, max: 30 }),
      shrinkage: fc.constantFrom(0, 1, 30),
      maxItemsPerUser: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(shop, asked, limits, (users, order, options) => {
        const train = trainingPairsOf(interactionsOf(users, 30));
        const expected = neighboursByDefinition(users, 30, options);
        expect(neighboursOf(options, train)).toEqual(expected);
        const lazy = new ItemNeighbours(train, options);
        const answers = order.map((item) => ({ item, ...lazy.of(item) }));
        // Looked at after all were found: an answer stays what it was.
        for (const { item, items, values } of answers) {
          expect(Array.from(items, (other, k) => [other, values[k]!])).toEqual(expected[item]);
        }
      }),
    );
  });

  test('the neighbours found first stay as they are while thousands are found', () => {
    const users = [...new Array(400).keys()].map((user) => [
      ...new Set([...new Array(12).keys()].map((draw) => hash32(9, user, draw) % 300)),
    ]);
    const train = trainingPairsOf(interactionsOf(users, 300));
    const neighbours = new ItemNeighbours(train, {});
    const first = neighbours.of(299);
    const before = [...first.items];
    let found = 0;
    for (let item = 0; item < 300; item++) found += neighbours.of(item).items.length;
    expect(found).toBeGreaterThan(10_000);
    expect([...first.items]).toEqual(before);
    expect([...neighbours.of(299).items]).toEqual(before);
    expect(neighboursOf({}, train)).toEqual(neighboursByDefinition(users, 300, {}));
  });

  test("a user's scores do not depend on who was scored before, nor on the batch, bit by bit", async () => {
    const users = [...new Array(60).keys()].map((user) => [
      ...new Set([...new Array(9).keys()].map((draw) => hash32(3, user, draw) % 40)),
    ]);
    const train = trainingPairsOf(interactionsOf(users, 40));
    const all = await createItemKnnRanker(train).scoreUsers(Uint32Array.from(users.keys()));
    const ranker = createItemKnnRanker(train);
    for (const batch of [[59], [17, 3], [3, 59, 0]]) {
      const scores = await ranker.scoreUsers(Uint32Array.from(batch));
      for (const [row, user] of batch.entries()) {
        expect(scores.slice(40 * row, 40 * (row + 1))).toEqual(all.slice(40 * user, 40 * (user + 1)));
      }
    }
    expect(Math.max(...all)).toBeGreaterThan(0);
  });

  test('a score is the sum of the similarities to the items of the user', async () => {
    const scores = await createItemKnnRanker(pairs, { shrinkage: 0 }).scoreUsers(Uint32Array.of(3, 2));
    const close = (actual: number, expected: number) => expect(actual).toBeCloseTo(expected, 6);
    close(scores[1]!, 2 / Math.sqrt(6));
    close(scores[2]!, 1 / Math.sqrt(6));
    expect([scores[3], scores[4]]).toEqual([0, 0]);
    // User 2 has items 2 and 3: item 0 is similar to 2 alone.
    close(scores[5]!, 1 / Math.sqrt(6));
    close(scores[6]!, 1 / 2);
  });

  test('keeps the nearest neighbours, equal ones by item index', () => {
    expect(neighboursOf({ shrinkage: 0, neighbours: 1 }).map((row) => row.map(([item]) => item))).toEqual([
      [1],
      [0],
      [3],
      [2],
      [],
    ]);
    // Item 0 was seen with each of 1 to 4 once, all by one user.
    const equal = trainingPairsOf(interactionsOf([[4, 3, 2, 1, 0]], 5));
    expect(neighboursOf({ neighbours: 2 }, equal)[0]!.map(([item]) => item)).toEqual([1, 2]);
    expect(neighboursOf({ neighbours: 2 }, equal)[1]!.map(([item]) => item)).toEqual([0, 2]);
  });

  test('counts only the latest items of a very long user', () => {
    const long = trainingPairsOf(interactionsOf([[0, 1, 2, 3]], 4));
    expect(neighboursOf({ maxItemsPerUser: 2 }, long).map((row) => row.map(([item]) => item))).toEqual([
      [],
      [],
      [3],
      [2],
    ]);
  });
});

/**
 * A checkerboard: users of one colour have the items of that colour. Each user's withheld items are the only ones of
 * their colour that the user has not got, so the right answer comes first or the ranker is wrong.
 */
describe('a checkerboard, whose only right answers are the withheld cells', () => {
  const side = 24;
  const board = [...new Array(side).keys()].map((user) => {
    const own = [...new Array(side).keys()].filter((item) => item % 2 === user % 2);
    // In another order for each user, so that other cells are withheld.
    return own.sort((a, b) => hash32(5, user, a) - hash32(5, user, b));
  });
  const split = splitLeaveOneOut(interactionsOf(board, side));
  const users = drawUsers(split.testItems, side, { seed: 1, stream: 1 });

  test('item-kNN ranks the withheld cell before every item of the other colour', async () => {
    const knn = createItemKnnRanker(split.train);
    const task = { train: split.train, positives: split.testItems, users };
    const { full } = await rankPositives(knn, task);
    // The validation cell is of the same colour and may come before it.
    expect(Math.max(...full)).toBeLessThanOrEqual(2);
    const popularity = await rankPositives(createPopularityRanker(split.train), task);
    expect(Math.max(...popularity.full)).toBeGreaterThan(6);
  });

  test('item-kNN ranks it first when it is the only cell withheld', async () => {
    const rowsLess = board.map((row) => row.slice(0, -1));
    const train = trainingPairsOf(interactionsOf(rowsLess, side));
    const positives = Int32Array.from(board, (row) => row.at(-1)!);
    const { full } = await rankPositives(createItemKnnRanker(train), { train, positives, users });
    expect([...full]).toEqual(new Array(side).fill(1));
  });
});
