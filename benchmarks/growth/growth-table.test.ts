import { describe, expect, test } from '@jest/globals';
import { type GrowthPoint, growthRows, growthTable } from './growth-table.ts';

/** Reading takes time in proportion to the events, training to their square, memory to their root. */
function pointOf(size: number): GrowthPoint {
  return {
    size,
    events: size * 1_000_000,
    engine: 'wasm on wasm, threads: 1',
    counts: { users: 10, items: 5, interactions: 50 },
    seconds: { 'start-up': 100, read: size, prepare: size, train: size ** 2, evaluate: 1, publish: 0.5 },
    peakBytes: 400 * 1_048_576 * Math.sqrt(size),
    peakBytesOf: {},
  };
}

describe('growth table', () => {
  const points = [1, 4, 16].map(pointOf);
  const rowOf = (name: string) => growthRows(points).find((row) => row.name === name);

  test('fits each stage, and memory', () => {
    expect(rowOf('read')?.exponent).toBeCloseTo(1, 10);
    expect(rowOf('train')?.exponent).toBeCloseTo(2, 10);
    expect(rowOf('evaluate')?.exponent).toBeCloseTo(0, 10);
    expect(rowOf('peak memory')).toMatchObject({ unit: 'MiB', amounts: [400, 800, 1_600] });
    expect(rowOf('peak memory')?.exponent).toBeCloseTo(0.5, 10);
  });

  test('the whole run leaves start-up out', () => {
    expect(rowOf('whole run')?.amounts).toEqual([1 + 1 + 1 + 1.5, 4 + 4 + 16 + 1.5, 16 + 16 + 256 + 1.5]);
    expect(rowOf('read and prepare')?.amounts).toEqual([2, 8, 32]);
  });

  test('the last exponent is that of the two largest sizes', () => {
    expect(rowOf('whole run')?.lastExponent).toBeCloseTo(Math.log(289.5 / 25.5) / Math.log(4), 10);
  });

  test('prints a column for each size', () => {
    const lines = growthTable(points).split('\n');
    expect(lines[0]).toMatch(/^ +1 M +4 M +16 M +exponent +last two$/);
    expect(lines.find((line) => line.startsWith('train (s)'))).toMatch(
      /^train \(s\) +1\.00 +16\.00 +256\.00 +2\.000 +2\.000$/,
    );
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  test('a single size has no exponent', () => {
    expect(growthTable([pointOf(1)])).toMatch(/^read \(s\) .* 1\.00 +- +-$/m);
  });
});
