import { expect, test } from '@jest/globals';
import { cellGroups, cellName, modelFlopsPerSample } from './cells.ts';

const ALL = { cells: /(?:)/, quick: false };

test('a group holds what is compared with each other: one vocabulary and batch size', () => {
  const groups = cellGroups(['tfjs', 'wasm', 'c-128'], ALL);
  expect(groups).toHaveLength(3 * 4);
  expect(groups[0]!.map(cellName)).toEqual([
    'tfjs/small/b256/t1',
    'wasm/small/b256/t1',
    'wasm/small/b256/t2',
    'c-128/small/b256/t1',
  ]);
  for (const group of groups) {
    expect(new Set(group.map(({ vocabulary, batch }) => `${vocabulary} ${batch}`)).size).toBe(1);
  }
});

test('a filter picks cells by name, and groups without any are gone', () => {
  const groups = cellGroups(['wasm', 'torch-sparse'], { ...ALL, cells: /^torch-sparse\/medium\/b1024\// });
  expect(groups.map((group) => group.map(cellName))).toEqual([
    ['torch-sparse/medium/b1024/t1', 'torch-sparse/medium/b1024/t2'],
  ]);
});

test('a smoke run stays with the small vocabulary', () => {
  const cells = cellGroups(['wasm'], { ...ALL, quick: true }).flat();
  expect(new Set(cells.map(({ vocabulary }) => vocabulary))).toEqual(new Set(['small']));
});

test('the operations of a sample are those of its layers, forwards and twice backwards', () => {
  const layers = 2 * (64 * 32 + 32 * 16 + 16 * 8);
  const output = 2 * 8 + 3 * 8;
  expect(modelFlopsPerSample()).toBe(3 * (layers + output));
});
