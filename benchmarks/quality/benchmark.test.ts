import { expect, test } from '@jest/globals';
import { PRESETS } from '@sommelier/contracts';
import { UsageError } from '../report/usage-error.ts';
import { runBenchmark } from './benchmark.ts';
import { parseOptions } from './options.ts';
import type { RankingTask, RatedData } from './rated-pairs.ts';
import { spreadOf } from './spread.ts';

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

const observer = (seen: string[]) => ({
  progress() {},
  epochDone(phase: string, epoch: number) {
    seen.push(`${phase} ${epoch}`);
  },
  pretrained(phase: string) {
    seen.push(`${phase} pretrained`);
  },
});

test(
  'on data with an obvious structure NeuMF finds the withheld items and popularity does not',
  async () => {
    const options = parseOptions([
      ...NEEDED,
      ...['--preset', 'paper', '--engine', 'wasm', '--threads', '2', '--seeds', '5,6'],
      ...['--factors', '4', '--layers', '8,4', '--batch-size', '256'],
      ...['--learning-rate', '0.03', '--epochs', '25', '--patience', '25'],
    ]);
    if (options === 'help') throw new Error('not help');
    const seen: string[] = [];
    const result = await runBenchmark(blocks(4, 12), options, observer(seen));
    expect(result.seeds.map(({ seed }) => seed)).toEqual([5, 6]);
    for (const { test, validation, epochs, pretraining, ablation } of result.seeds) {
      expect(test.hr10).toBeGreaterThan(0.95);
      expect(validation).toHaveLength(25);
      const best = Math.max(...validation.map(({ ndcg10 }) => ndcg10));
      expect(validation[epochs - 1]!.ndcg10).toBe(best);
      expect(pretraining).toBeUndefined();
      expect(ablation.neumf.ndcg10).toBe(best);
      expect(ablation.pretrainedGmf).toBeUndefined();
    }
    // Every item was rated equally often, and a tie counts against the positive.
    expect(result.baselines.popularity).toEqual({ hr10: 0, ndcg10: 0 });
    expect(result.baselines.itemKnn.hr10).toBeGreaterThan(0.95);
    const refitted = result.seeds.reduce((sum, { epochs }) => sum + epochs, 0);
    expect(seen.filter((entry) => entry.startsWith('refit'))).toHaveLength(refitted);
    expect(result.counts).toMatchObject({ users: 48, items: 48, trainPairs: 48 * 11, validationUsers: 48 });
    expect(result.samplesPerSecond).toBeGreaterThan(0);
  },
  LONG_MS,
);

test(
  'a preset with pre-training finds them in a few epochs, and says what the branches give',
  async () => {
    const options = parseOptions([
      ...NEEDED,
      ...['--preset', 'fast', '--engine', 'wasm', '--seeds', '5', '--factors', '8', '--batch-size', '256'],
    ]);
    if (options === 'help') throw new Error('not help');
    const seen: string[] = [];
    const { seeds } = await runBenchmark(blocks(4, 12), options, observer(seen));
    const [{ test, pretraining, ablation }] = seeds as [(typeof seeds)[number]];
    expect(test.hr10).toBeGreaterThan(0.95);
    expect(options.settings.training.alsUnobservedWeights).toContain(pretraining!.unobservedWeight);
    expect(ablation.pretrainedGmf!.hr10).toBeGreaterThan(0.9);
    expect(ablation.gmf.hr10).toBeGreaterThan(ablation.mlp.hr10);
    expect(seen.filter((entry) => entry.endsWith('pretrained'))).toEqual([
      'validate pretrained',
      'refit pretrained',
    ]);
  },
  LONG_MS,
);

test('options: the preset, what takes the place of its values, and refusals that say what is wrong', () => {
  expect(parseOptions(['--ratings', 'r', '--json', 'j'])).toMatchObject({
    source: { ratings: 'r' },
    preset: 'best',
    engine: 'auto',
    seeds: [42, 43, 44],
    settings: { ...PRESETS.best, training: { ...PRESETS.best.training, seed: 42, strengthWeight: 'none' } },
  });
  expect(parseOptions([...NEEDED, '--layers', 'none', '--l2', '0.5'])).toMatchObject({
    source: { folder: 'd', name: 'n' },
    settings: { model: { factors: 192, layers: [] }, training: { l2: 0.5 } },
  });
  expect(parseOptions(['--help'])).toBe('help');
  const refusals: [string[], RegExp][] = [
    [['--data', 'd', '--json', 'j'], /either --data and --name, or --ratings/],
    [[...NEEDED, '--ratings', 'r'], /either --data and --name, or --ratings/],
    [['--data', 'd', '--name', 'n'], /--json is needed/],
    [[...NEEDED, '--factors', 'many'], /--factors: "many" is not a number/],
    [[...NEEDED, '--layers', '5,3'], /layers\[0\] must be even/],
    [[...NEEDED, '--epochs', '0'], /epochs/],
    [[...NEEDED, '--preset', 'slow'], /preset/],
    [[...NEEDED, '--engine', 'abacus'], /abacus|Invalid option/],
    [[...NEEDED, '--verbose'], /verbose/],
  ];
  for (const [args, message] of refusals) {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  }
});

test('the spread over seeds is the sample standard deviation', () => {
  expect(spreadOf([2, 4, 6])).toEqual({ mean: 4, deviation: 2 });
  expect(spreadOf([5])).toEqual({ mean: 5, deviation: 0 });
});
