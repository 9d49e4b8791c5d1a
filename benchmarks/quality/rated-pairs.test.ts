import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DataError } from '../report/data-error.ts';
import { readRatedData } from './rated-pairs.ts';

const TRAIN = '0\t1\t5\t100\n0\t2\t3\t90\n1\t0\t4\t7\n';
const TEST = '0\t3\t5\t200\n1\t4\t1\t9\n';
const NEGATIVE = '(0,3)\t4\t3\t5\t4\n(1,4)\t2\t6\n';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rated-pairs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(files: { train?: string | Buffer; test?: string; negative?: string; gz?: boolean }) {
  await writeFile(join(folder, `s.train.rating${files.gz ? '.gz' : ''}`), files.train ?? TRAIN);
  await writeFile(join(folder, 's.test.rating'), files.test ?? TEST);
  await writeFile(join(folder, 's.test.negative'), files.negative ?? NEGATIVE);
  return await readRatedData(folder, 's');
}

describe("the NCF authors' format", () => {
  test.each([false, true])('is read, gzipped: %s', async (gz) => {
    const data = await read({ gz, train: gz ? gzipSync(TRAIN) : TRAIN });
    expect(data.userCount).toBe(2);
    expect(data.itemCount).toBe(7);
    expect([...data.train.users]).toEqual([0, 0, 1]);
    expect([...data.train.items]).toEqual([1, 2, 0]);
    expect([...data.train.times]).toEqual([100, 90, 7]);
    // The positive among its own negatives, and a negative that is listed twice, count once.
    expect(data.test).toEqual([
      { user: 0, positive: 3, negatives: Uint32Array.of(4, 5) },
      { user: 1, positive: 4, negatives: Uint32Array.of(2, 6) },
    ]);
  });

  test.each([
    { files: { train: '0\t1\t5\n' }, message: /train\.rating, line 1: expected user, item, rating and time/ },
    { files: { train: '0\t1\t5\t1\n-1\t1\t5\t1\n' }, message: /line 2: user "-1" is not an index/ },
    { files: { train: '0\t1\t5\tsoon\n' }, message: /line 1: time "soon" is not a number/ },
    { files: { train: '' }, message: /there is no row/ },
    { files: { test: '0\t3\t5\t2\n' }, message: /2 lines, but 1 test pairs/ },
    { files: { test: '0\t3\n0\t4\n' }, message: /line 2: user 0 has a second test item/ },
    {
      files: { negative: '0,3\t4\n(1,4)\t2\n' },
      message: /line 1: expected the line to start with \(user,item\)/,
    },
    {
      files: { negative: '(0,3)\t4\n(1,5)\t2\n' },
      message: /line 2: is of \(1,5\), the test pair is \(1,4\)/,
    },
    { files: { negative: '(0,3)\t3\n(1,4)\t2\n' }, message: /line 1: there is no negative/ },
  ])('is refused with where and why: $message', async ({ files, message }) => {
    const attempt = read(files);
    await expect(attempt).rejects.toBeInstanceOf(DataError);
    await expect(attempt).rejects.toThrow(message);
  });

  test('a missing file is named', async () => {
    await expect(readRatedData(folder, 'other')).rejects.toThrow(
      /other\.train\.rating: there is no such file/,
    );
  });
});
