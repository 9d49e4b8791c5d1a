import { expect, test } from '@jest/globals';
import { type Cell, cellName, type Engine } from './cells.ts';
import type { CellResult, QualityResult } from './results.ts';
import { spreadOf } from './statistics.ts';
import { verdictsOf } from './verdicts.ts';

function cell(engine: Engine, batch: number, rate: number, more: Partial<Cell> = {}): CellResult {
  const of: Cell = { engine, vocabulary: 'small', batch, threads: 1, ...more };
  const samplesPerSecond = spreadOf([rate]);
  return { ...of, name: cellName(of), samplesPerSecond, rounds: [rate], peakRssBytes: 1, shareOfPeak: {} };
}

function quality(engine: Engine, hr10: number): QualityResult {
  const one = spreadOf([hr10]);
  return {
    engine,
    threads: 1,
    seeds: [1],
    hr10: one,
    ndcg10: one,
    lastLoss: one,
    trainingSeconds: one,
    losses: [1],
  };
}

const figureOf = (cells: CellResult[], text: string) =>
  verdictsOf(cells, []).find(({ what }) => what.includes(text));

test('PyTorch is taken at its best optimiser and number of threads, we with one thread', () => {
  const cells = [
    cell('wasm', 256, 1000),
    cell('wasm', 256, 9000, { threads: 2 }),
    cell('torch-dense', 256, 50),
    cell('torch-sparse', 256, 80),
    cell('torch-sparse', 256, 125, { threads: 2 }),
  ];
  expect(figureOf(cells, 'batch 256')).toMatchObject({ figure: 8, target: 10, met: false });
});

test('the best batch of each may be another one, and another vocabulary does not count', () => {
  const cells = [
    cell('wasm', 256, 1000),
    cell('wasm', 16_384, 900),
    cell('torch-dense', 256, 80),
    cell('torch-dense', 16_384, 400),
    cell('torch-dense', 16_384, 2000, { vocabulary: 'medium' }),
  ];
  expect(figureOf(cells, 'small vocabulary, best batch of each')).toMatchObject({ figure: 2.5, met: true });
});

test('a build is held to the C kernel with the same arithmetic', () => {
  const cells = [
    cell('wasm', 1024, 80),
    cell('wasm-relaxed', 1024, 90),
    cell('c-128', 1024, 100),
    cell('c-128-fused', 1024, 120),
    cell('c-avx512', 1024, 200),
  ];
  expect(figureOf(cells, 'wasm over c-128,')).toMatchObject({ figure: 0.8, met: true });
  expect(figureOf(cells, 'wasm-relaxed over c-128-fused')).toMatchObject({ figure: 0.75, met: false });
  expect(figureOf(cells, 'wasm over c-avx512')).toMatchObject({ figure: 0.4, met: false });
});

test('a second thread is compared at the same batch size', () => {
  const cells = [
    cell('wasm', 4096, 100),
    cell('wasm', 4096, 190, { threads: 2 }),
    cell('wasm', 1024, 100, { threads: 2 }),
  ];
  const verdicts = verdictsOf(cells, []);
  expect(verdicts).toHaveLength(1);
  expect(verdicts[0]).toMatchObject({ figure: 1.9, target: 1.8, met: true });
});

test('learning less than a peer after the same epochs is missed', () => {
  const verdicts = verdictsOf(
    [],
    [quality('wasm', 0.6), quality('tfjs', 0.605), quality('torch-dense', 0.7)],
  );
  expect(verdicts.map(({ what, met }) => [what, met])).toEqual([
    ['wasm minus tfjs, HR@10 after equal epochs', true],
    ['wasm minus torch-dense, HR@10 after equal epochs', false],
  ]);
});
