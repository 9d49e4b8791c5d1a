import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { requireWritable, writeJson } from './json-file.ts';
import { UsageError } from './usage-error.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-file-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('a path that can be written is accepted, and nothing is left there', async () => {
  await requireWritable(join(folder, 'out.json'));
  expect(await readdir(folder)).toEqual([]);
});

test('a folder and a path in no folder are refused', async () => {
  await expect(requireWritable(folder)).rejects.toThrow(UsageError);
  await expect(requireWritable(join(folder, 'none', 'out.json'))).rejects.toThrow(UsageError);
});

test('the file replaces an older one as a whole', async () => {
  const path = join(folder, 'replaced.json');
  await writeJson(path, { old: true });
  await writeJson(path, { figure: 1 });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ figure: 1 });
  expect(await readdir(folder)).toEqual(['replaced.json']);
});
