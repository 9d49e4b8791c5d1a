import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataError } from '../report/data-error.ts';
import { readRatings } from './ratings-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-ratings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(rows: readonly (readonly number[])[]) {
  const path = join(folder, 'u.data');
  await writeFile(path, rows.map((row) => row.join('\t')).join('\n'));
  return await readRatings(path);
}

test("holds out each user's last item, against items that the user has not rated", async () => {
  const data = await read([
    [900, 10, 5, 30],
    [900, 11, 3, 10],
    [900, 12, 4, 20],
    [700, 13, 4, 5],
    [700, 10, 1, 9],
    [800, 14, 1, 1],
  ]);
  // Users 900, 700, 800 are 0, 1, 2; items 10 to 14 are 0 to 4. User 800 has one item only, which stays.
  expect(data.userCount).toBe(3);
  expect(data.itemCount).toBe(5);
  expect(data.test.map(({ user, positive }) => [user, positive])).toEqual([
    [0, 0],
    [1, 0],
  ]);
  expect([...data.test[0]!.negatives].sort()).toEqual([3, 4]);
  expect([...data.test[1]!.negatives].sort()).toEqual([1, 2, 4]);
  expect([...data.train.users]).toEqual([0, 0, 1, 2]);
  expect([...data.train.items]).toEqual([1, 2, 3, 4]);
});

test('refuses a file without a user of two items, and one that is none', async () => {
  await expect(read([[1, 2, 3, 4]])).rejects.toThrow(/no user has two items/);
  await expect(read([[1, 2, 3]])).rejects.toThrow(DataError);
});
