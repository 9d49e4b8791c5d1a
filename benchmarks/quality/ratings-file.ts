import { DataError } from '../report/data-error.ts';
import { drawNegatives } from './hold-out.ts';
import { type RankingTask, type RatedData, readTrain } from './rated-pairs.ts';

/** Seed of the negatives that the test items are ranked against: one draw for all trainings. */
const TEST_SEED = 20_170_403;

/**
 * Reads a file of "user item rating time" (MovieLens' u.data) and holds out each user's last item, against 99 items
 * that the user has not rated. Users and items are renumbered, and of a pair that occurs twice the last one counts.
 * @throws DataError
 */
export async function readRatings(path: string): Promise<RatedData> {
  const rows = await readTrain(path);
  const users = renumbered(rows.users);
  const items = renumbered(rows.items);
  const lastRow = new Map<number, number>();
  const rated = Array.from({ length: users.count }, () => new Set<number>());
  for (let row = 0; row < users.indices.length; row++) {
    const user = users.indices[row]!;
    rated[user]!.add(items.indices[row]!);
    const last = lastRow.get(user);
    if (last === undefined || rows.times[row]! >= rows.times[last]!) lastRow.set(user, row);
  }
  const test: RankingTask[] = [];
  const held = new Map<number, number>();
  for (const [user, row] of lastRow) {
    if (rated[user]!.size < 2) continue;
    const positive = items.indices[row]!;
    const negatives = drawNegatives(user, rated[user]!, items.count, TEST_SEED);
    if (negatives.length === 0) continue;
    held.set(user, positive);
    test.push({ user, positive, negatives });
  }
  if (test.length === 0) throw new DataError(`${path}: no user has two items, so none can be held out`);
  const kept = [...users.indices.keys()].filter(
    (row) => held.get(users.indices[row]!) !== items.indices[row]!,
  );
  return {
    userCount: users.count,
    itemCount: items.count,
    train: {
      users: Uint32Array.from(kept, (row) => users.indices[row]!),
      items: Uint32Array.from(kept, (row) => items.indices[row]!),
      times: Float64Array.from(kept, (row) => rows.times[row]!),
    },
    test,
  };
}

/** Dense numbers in order of first appearance. */
function renumbered(values: Uint32Array): { indices: Uint32Array; count: number } {
  const known = new Map<number, number>();
  const indices = Uint32Array.from(values, (value) => {
    const index = known.get(value) ?? known.size;
    known.set(value, index);
    return index;
  });
  return { indices, count: known.size };
}
