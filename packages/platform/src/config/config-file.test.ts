import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { configSchema } from '@sommelier/contracts';
import { readConfigFile } from './config-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string): Promise<string> {
  const path = join(folder, 'config.json');
  await writeFile(path, content);
  return path;
}

test('a file that does not exist is the defaults', async () => {
  expect(await readConfigFile(join(folder, 'none.json'))).toEqual(configSchema.parse({}));
});

test('keys that are given replace the defaults', async () => {
  const config = await readConfigFile(await file('{"data":{"windowDays":0},"serving":{"maxN":7}}'));
  expect(config.data.windowDays).toBe(0);
  expect(config.data.minEvents).toBe(3);
  expect(config.serving.maxN).toBe(7);
});

test.each([
  ['{', 'is not JSON'],
  ['{"data":{"windowDays":"x","minEvents":0}}', 'data.windowDays'],
  ['{"data":{"windowDays":"x","minEvents":0}}', 'data.minEvents'],
  ['{"wat":1}', 'wat'],
])('%s is refused with the file and what is wrong in it', async (content, wrong) => {
  const path = await file(content);
  const refusal = expect(readConfigFile(path)).rejects;
  await refusal.toMatchObject({ code: 'invalid-config' });
  await expect(readConfigFile(path)).rejects.toThrow(path);
  await expect(readConfigFile(path)).rejects.toThrow(wrong);
});
