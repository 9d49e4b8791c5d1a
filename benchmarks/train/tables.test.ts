import { expect, test } from '@jest/globals';
import type { CellResult } from './results.ts';
import { peakLine, qualityTable, speedTable, verdictTable } from './tables.ts';

const CELL: CellResult = {
  engine: 'wasm',
  vocabulary: 'small',
  batch: 256,
  threads: 2,
  name: 'wasm/small/b256/t2',
  samplesPerSecond: { median: 1_234_567, least: 9_900, most: 1_300_000 },
  rounds: [1_234_567],
  peakRssBytes: 150 * 2 ** 20,
  shareOfPeak: { simd128: 0.3456 },
};

test('a cell is a row with its rate in thousands, its spread, its share of the peak and its memory', () => {
  const [, row] = speedTable([CELL]).split('\n');
  expect(row!.split(/\s{2,}/)).toEqual([
    'small',
    '256',
    'wasm',
    '2',
    '1235',
    '9.9-1300',
    '34.6 %',
    '-',
    '150',
  ]);
});

test('all rows of a table are aligned to the right', () => {
  const lines = speedTable([CELL, { ...CELL, peakRssBytes: 1500 * 2 ** 20 }]).split('\n');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

test('a verdict says what was found, what was wanted and whether it was met', () => {
  const text = verdictTable([
    { what: 'ratio', figure: 2.345, target: 2, met: true },
    { what: 'difference', figure: -0.0212, target: -0.01, met: false },
  ]);
  expect(text).toMatch(/ratio\s+2\.35\s+>= 2\s+met/);
  expect(text).toMatch(/difference\s+-0\.021\s+>= -0\.01\s+missed/);
});

test('learning shows the median over the seeds and its ends', () => {
  const text = qualityTable([
    {
      engine: 'tfjs',
      threads: 1,
      seeds: [1, 2],
      hr10: { median: 0.65, least: 0.64, most: 0.66 },
      ndcg10: { median: 0.42, least: 0.41, most: 0.43 },
      lastLoss: { median: 0.29, least: 0.28, most: 0.3 },
      trainingSeconds: { median: 12.34, least: 12, most: 13 },
      losses: [0.5, 0.29],
    },
  ]);
  expect(text).toMatch(/tfjs\s+1\s+0\.650\s+0\.640-0\.660\s+0\.420\s+0\.2900\s+12\.3/);
});

test('without a compiler there is no peak', () => {
  expect(peakLine({})).toBe('peak of one core: not measured');
  expect(peakLine({ 'c-128': 60e9, 'c-avx512': 240e9 })).toBe(
    'peak of one core, GFLOP/s: 128 60, avx512 240',
  );
});
