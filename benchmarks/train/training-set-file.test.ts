import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { syntheticData } from './synthetic-data.ts';
import { readTrainingSet, writeTrainingSet } from './training-set-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-set-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const data = syntheticData({ users: 20, items: 300, pairs: 200, tests: 5, seed: 1 });

test('what is written is what is read', async () => {
  const path = join(folder, 'whole.bin');
  await writeTrainingSet(path, data);
  expect(await readTrainingSet(path)).toEqual(data);
});

test('the words are little-endian, the counts first', async () => {
  const path = join(folder, 'header.bin');
  await writeTrainingSet(path, data);
  const bytes = await readFile(path);
  const header = [0, 1, 2, 3, 4].map((word) => bytes.readUInt32LE(4 * word));
  expect(header).toEqual([20, 300, data.pairs.items.length, 5, 99]);
});

test('a file that is cut short is refused', async () => {
  const path = join(folder, 'short.bin');
  await writeTrainingSet(path, data);
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, -4));
  await expect(readTrainingSet(path)).rejects.toThrow(RangeError);
});
