import { expect, test } from '@jest/globals';
import { cellsOf } from './cells.ts';
import { figuresOf, figureTable, verdictsOf } from './figures.ts';

const [cell] = cellsOf([235_061], [8]);
const ranker = {
  build: 'simd',
  one: [12, 8, 9],
  batch: [640, 512],
  bruteForce: [150],
  packMilliseconds: 1,
  compared: 1,
  node: 'v20',
};
const torch = { whole: [50], split: [20], batch: [1_280], blocks: {}, versions: {} };

test('a batch counts by user, and the targets are compared with the medians', () => {
  const figures = [figuresOf(cell!, ranker, torch)];
  expect(figures[0]).toMatchObject({
    one: { median: 9, least: 8, most: 12 },
    batch: { median: 9, least: 8, most: 10 },
    torchBatch: { median: 20 },
  });
  expect(verdictsOf(figures).map(({ value, met }) => [value, met])).toEqual([
    [9, true],
    [0.45, true],
  ]);
  const slow = figuresOf(cell!, { ...ranker, one: [11] }, torch);
  expect(verdictsOf([slow]).map(({ met }) => met)).toEqual([false, false]);
});

test('without PyTorch its columns are empty, and without the cell there is no verdict', () => {
  const figures = [figuresOf(cell!, ranker, undefined)];
  expect(figureTable(figures).split('\n')[1]).toMatch(/9\.00 \(8\.00-12\.00\) .* - +- +-$/);
  expect(verdictsOf(figures)).toHaveLength(1);
  expect(verdictsOf([figuresOf({ ...cell!, items: 5 }, ranker, torch)])).toEqual([]);
});
