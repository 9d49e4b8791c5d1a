import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateCommand, shopOptionsOf } from './command.ts';
import { DEMO_SHOP, FULL_SHOP } from './presets.ts';

describe('shopOptionsOf', () => {
  test('without options, the shop of the demo', () => {
    expect(shopOptionsOf({})).toEqual(DEMO_SHOP);
  });
  test('what is given replaces what the preset says', () => {
    expect(shopOptionsOf({ visitors: 10, end: 5, seed: 0 })).toEqual({
      ...DEMO_SHOP,
      visitors: 10,
      endMs: 5,
      seed: 0,
    });
    expect(shopOptionsOf({ full: true, seed: 3 })).toEqual({ ...FULL_SHOP, seed: 3 });
    expect(shopOptionsOf({ published: true, visitors: 99 })).toEqual({ visitors: 99 });
  });
  test('the published profile needs a size', () => {
    expect(() => shopOptionsOf({ published: true })).toThrow(/--visitors/);
  });
});

describe('sommelier generate', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sommelier-generate-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => generateCommand().exitOverride().parseAsync(args, { from: 'user' });

  test('the same seed writes the same bytes, another seed others', async () => {
    const paths = ['a', 'b', 'c'].map((name) => join(folder, name));
    for (const [index, path] of paths.entries())
      await run(path, '--visitors', '500', '--seed', index === 2 ? '2' : '1', '--end', '2026-01-31');
    for (const name of ['events.csv', 'items.csv', 'category_tree.csv']) {
      const [a, b, c] = await Promise.all(paths.map((path) => readFile(join(path, name))));
      expect(a!.equals(b!)).toBe(true);
      expect(a!.equals(c!)).toBe(false);
    }
  });

  test.each([
    ['--visitors', 'many'],
    ['--end', 'tomorrow'],
    ['--end', '2026-02-99'],
  ])('%s %s is refused', async (option, value) => {
    const command = generateCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    await expect(command.parseAsync([folder, option, value], { from: 'user' })).rejects.toThrow(/It must be/);
  });
});
