import { expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { runBenchmark } from './benchmark.ts';
import { parseOptions } from './options.ts';
import type { RankingTask, RatedData } from './rated-pairs.ts';

const LONG_MS = 60_000;
const NEEDED = ['--data', 'd', '--name', 'n', '--json', 'j'];

/** Users like the items of their own block; the test item is the one of the block that they have not rated. */
function blocks(count: number, size: number): RatedData {
  const users: number[] = [];
  const items: number[] = [];
  const test: RankingTask[] = [];
  const itemCount = count * size;
  for (let user = 0; user < count * size; user++) {
    const first = Math.floor(user / size) * size;
    const positive = first + (user % size);
    for (let item = first; item < first + size; item++) {
      if (item === positive) continue;
      users.push(user);
      items.push(item);
    }
    const others = Array.from({ length: itemCount }, (_, item) => item);
    test.push({
      user,
      positive,
      negatives: Uint32Array.from(others.filter((item) => item < first || item >= first + size)),
    });
  }
  return {
    userCount: count * size,
    itemCount,
    train: {
      users: Uint32Array.from(users),
      items: Uint32Array.from(items),
      times: Float64Array.from(users, (user, row) => (user * 7 + row * 31) % 97),
    },
    test,
  };
}

test(
  'on data with an obvious structure NeuMF finds the withheld items and popularity does not',
  async () => {
    const options = parseOptions([
      ...NEEDED,
      ...['--engine', 'wasm', '--factors', '4', '--layers', '8,4', '--batch-size', '256'],
      ...['--learning-rate', '0.03', '--epochs', '25', '--patience', '25'],
    ]);
    if (options === 'help') throw new Error('not help');
    const seen: string[] = [];
    const result = await runBenchmark(blocks(4, 12), options, {
      progress() {},
      epochDone(phase, epoch) {
        seen.push(`${phase} ${epoch}`);
      },
    });
    expect(result.test.neumf.hr10).toBeGreaterThan(0.95);
    // Every item was rated equally often, and a tie counts against the positive.
    expect(result.test.popularity).toEqual({ hr10: 0, ndcg10: 0 });
    expect(result.validation).toHaveLength(25);
    const best = Math.max(...result.validation.map(({ ndcg10 }) => ndcg10));
    expect(result.validation[result.epochs - 1]!.ndcg10).toBe(best);
    expect(seen.filter((entry) => entry.startsWith('refit'))).toHaveLength(result.epochs);
    expect(result.counts).toMatchObject({ users: 48, items: 48, trainPairs: 48 * 11, validationUsers: 48 });
    expect(result.samplesPerSecond).toBeGreaterThan(0);
  },
  LONG_MS,
);

test('options: defaults, and refusals that say what is wrong', () => {
  expect(parseOptions([...NEEDED, '--layers', 'none'])).toMatchObject({
    engine: 'auto',
    model: { factors: 8, layers: [] },
    training: { strengthWeight: 'none', negativesPerPositive: 4, seed: 42 },
  });
  expect(parseOptions(['--help'])).toBe('help');
  const refusals: [string[], RegExp][] = [
    [['--data', 'd'], /--data, --name and --json are needed/],
    [[...NEEDED, '--factors', 'many'], /--factors: "many" is not a number/],
    [[...NEEDED, '--layers', '5,3'], /layers\[0\] must be even/],
    [[...NEEDED, '--epochs', '0'], /epochs/],
    [[...NEEDED, '--engine', 'abacus'], /abacus|Invalid option/],
    [[...NEEDED, '--verbose'], /verbose/],
  ];
  for (const [args, message] of refusals) {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  }
});
