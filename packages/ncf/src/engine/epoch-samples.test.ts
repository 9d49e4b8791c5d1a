import { describe, expect, test } from '@jest/globals';
import type { Batch } from './batch.ts';
import { EpochSamples } from './epoch-samples.ts';
import { toPairs, toySettings } from './testing/toy-pairs.ts';

interface Sample {
  user: number;
  item: number;
  sign: number;
  weight: number;
}

function read(batch: Batch): Sample[] {
  return Array.from({ length: batch.size }, (_, index) => ({
    user: batch.userRows[batch.userSlots[index]!]!,
    item: batch.itemRows[batch.itemSlots[index]!]!,
    sign: batch.signs[index]!,
    weight: batch.weights[index]!,
  }));
}

const HISTORIES = [[3, 0, 9], [5], [], [1, 2, 3, 4, 5, 6, 7, 8, 9]];
const PAIRS = toPairs(10, HISTORIES, 2.5);

function samplesOf(
  epoch: number,
  training: Parameters<typeof toySettings>[0] = {},
  batchSize = 1_000,
): Sample[] {
  const samples = new EpochSamples(PAIRS, toySettings(training).training);
  const all: Sample[] = [];
  for (let from = 0; from < samples.total; from += batchSize) {
    all.push(...read(samples.batch(epoch, from, Math.min(samples.total, from + batchSize))));
  }
  return all;
}

describe('samples of an epoch', () => {
  test('every positive once, each with its negatives, none of which is an interaction', () => {
    for (let epoch = 0; epoch < 50; epoch++) {
      const all = samplesOf(epoch);
      expect(all).toHaveLength(13 * 5);
      const positives = all.filter(({ sign }) => sign < 0).map(({ user, item }) => `${user} ${item}`);
      expect(positives.sort()).toEqual(
        HISTORIES.flatMap((items, user) => items.map((item) => `${user} ${item}`)).sort(),
      );
      all.forEach(({ user, item, sign }, index) => {
        expect(user).toBe(all[index - (index % 5)]!.user);
        expect(HISTORIES[user]!.includes(item)).toBe(sign < 0);
      });
    }
  });

  test('do not depend on how they are cut into batches', () => {
    for (const batchSize of [1, 3, 7, 64]) expect(samplesOf(3, {}, batchSize)).toEqual(samplesOf(3));
  });

  test('are the same for the same seed and epoch, and others otherwise', () => {
    expect(samplesOf(2)).toEqual(samplesOf(2));
    expect(samplesOf(2)).not.toEqual(samplesOf(1));
    expect(samplesOf(2)).not.toEqual(samplesOf(2, { seed: 8 }));
  });

  test('weights: the strength on positives when asked for, 1 otherwise', () => {
    const weightOf = (samples: Sample[], sign: number) =>
      new Set(samples.filter((sample) => sample.sign === sign).map(({ weight }) => weight));
    expect(weightOf(samplesOf(0, { strengthWeight: 'strength' }), -1)).toEqual(new Set([2.5]));
    expect(weightOf(samplesOf(0, { strengthWeight: 'strength' }), 1)).toEqual(new Set([1]));
    expect(weightOf(samplesOf(0), -1)).toEqual(new Set([1]));
  });

  test('a user who interacted with every item has no negatives: their weight is 0', () => {
    const samples = new EpochSamples(toPairs(3, [[2, 0, 1]]), toySettings().training);
    const all = read(samples.batch(0, 0, samples.total));
    expect(all).toHaveLength(15);
    expect(all.filter(({ sign }) => sign > 0).every(({ weight }) => weight === 0)).toBe(true);
    expect(all.filter(({ sign }) => sign < 0).every(({ weight }) => weight === 1)).toBe(true);
  });

  test('negatives are uniform over the items without interaction (chi-square)', () => {
    const counts = new Map<number, number>();
    const samples = new EpochSamples(toPairs(20, [[0, 7, 8, 19]]), toySettings().training);
    for (let epoch = 0; epoch < 1_000; epoch++) {
      for (const { item, sign } of read(samples.batch(epoch, 0, samples.total))) {
        if (sign > 0) counts.set(item, (counts.get(item) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(16);
    const expected = 16_000 / 16;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    // 15 degrees of freedom: 37.7 is exceeded once in a thousand draws, 2.5 fallen short of as rarely or less.
    expect(chiSquare).toBeLessThan(37.7);
    expect(chiSquare).toBeGreaterThan(2.5);
  });

  test('the order of the positives changes from epoch to epoch and favours no place (chi-square)', () => {
    const first = new Map<string, number>();
    const samples = new EpochSamples(PAIRS, toySettings().training);
    for (let epoch = 0; epoch < 2_600; epoch++) {
      const { user, item } = read(samples.batch(epoch, 0, 1))[0]!;
      const key = `${user} ${item}`;
      first.set(key, (first.get(key) ?? 0) + 1);
    }
    expect(first.size).toBe(13);
    const chiSquare = [...first.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    // 12 degrees of freedom: exceeded once in a thousand draws.
    expect(chiSquare).toBeLessThan(32.9);
  });
});
