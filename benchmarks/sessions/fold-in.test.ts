import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { chooseEngine } from '@sommelier/ncf/training';
import { measureFoldIn } from './fold-in.ts';
import { parseOptions } from './options.ts';

const LONG_MS = 60_000;

test(
  'users of clear tastes are found again from their own items',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fold-in-'));
    try {
      // Four blocks of twelve; the positive is the item of the own block that the user does not have.
      const users = Array.from({ length: 48 }, (_, user) => ({ user, first: user - (user % 12) }));
      const train = users.flatMap(({ user, first }) =>
        Array.from({ length: 12 }, (_, k) => first + k)
          .filter((item) => item !== user)
          .map((item, row) => `${user}\t${item}\t1\t${row}`),
      );
      const others = (first: number) =>
        Array.from({ length: 48 }, (_, item) => item).filter((item) => item < first || item >= first + 12);
      await writeFile(join(folder, 'd.train.rating'), train.join('\n'));
      await writeFile(
        join(folder, 'd.test.rating'),
        users.map(({ user }) => `${user}\t${user}\t1\t99`).join('\n'),
      );
      await writeFile(
        join(folder, 'd.test.negative'),
        users.map(({ user, first }) => [`(${user},${user})`, ...others(first)].join('\t')).join('\n'),
      );
      const options = parseOptions(['--fold-in', folder, '--name', 'd', '--json', 'j']);
      if (options === 'help') throw new Error('not help');
      const config = { ...options.config, model: { factors: 8, layers: [8, 4] } };
      const choice = await chooseEngine('wasm', { threads: 1 });
      const result = await measureFoldIn({ folder, name: 'd' }, { config, users: 24, choice }, () => {});
      expect(result.users).toBe(24);
      expect(result.trainedRow.hr10).toBeGreaterThan(0.9);
      expect(result.foldedIn.hr10).toBeGreaterThan(0.9);
      expect(result.ndcgRatio).toBeCloseTo(result.foldedIn.ndcg10 / result.trainedRow.ndcg10, 12);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  LONG_MS,
);
