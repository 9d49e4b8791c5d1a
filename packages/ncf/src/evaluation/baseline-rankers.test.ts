import { describe, expect, test } from '@jest/globals';
import { hash32 } from '../random/counter-random.ts';
import { drawUsers } from './draw-users.ts';
import { createItemKnnRanker } from './item-knn-ranker.ts';
import { itemNeighbours } from './item-neighbours.ts';
import { createPopularityRanker } from './popularity-ranker.ts';
import { rankPositives } from './rank-positives.ts';
import { splitLeaveOneOut, trainingPairsOf } from './split-leave-one-out.ts';
import { interactionsOf } from './testing/interactions-of.ts';

const rows = [[0, 1], [0, 1, 2], [2, 3], [0]];
const pairs = trainingPairsOf(interactionsOf(rows, 5));

/** Neighbours of each item as `item similarity`. */
function neighboursOf(options: Parameters<typeof itemNeighbours>[1], of = pairs): [number, number][][] {
  const { offsets, items, similarities } = itemNeighbours(of, options);
  return [...new Array(of.itemCount).keys()].map((item) => {
    const places = [...new Array(offsets[item + 1]! - offsets[item]!).keys()].map((k) => offsets[item]! + k);
    return places.map((place) => [items[place]!, similarities[place]!]);
  });
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
