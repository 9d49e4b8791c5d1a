import { expect, test } from '@jest/globals';
import { cellsOf } from './cells.ts';

function names(patterns: string[], more: { filters?: boolean; freshness?: boolean } = {}): string[] {
  return cellsOf({ patterns, filters: true, freshness: false, ...more }).map(({ name }) => name);
}

test('every cell has a name of its own, and those of one model stand together', () => {
  const cells = cellsOf({ patterns: [], filters: true, freshness: true });
  expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length);
  const models = cells.map(({ model }) => `${model.items} ${model.factors}`);
  const changes = models.filter((model, k) => model !== models[k - 1]);
  expect(changes).toEqual(['3706 8', '235061 8', '3706 64', '235061 64']);
});

test('patterns choose by the whole name', () => {
  expect(names(['peer-express'])).toEqual(['peer-express']);
  expect(names(['3706-f8-*-r1'])).toEqual([
    '3706-f8-cached-plain-r1',
    '3706-f8-cached-filtered-r1',
    '3706-f8-uncached-plain-r1',
    '3706-f8-uncached-filtered-r1',
  ]);
  expect(names(['swap-*', 'one-235061-f8'])).toEqual(['swap-3706-f8', 'one-235061-f8', 'swap-235061-f8']);
  expect(names(['express', '.*'])).toEqual([]);
});

test('filters can be left out, and freshness has to be asked for', () => {
  expect(names([]).some((name) => name.includes('filtered'))).toBe(true);
  expect(names([], { filters: false }).some((name) => name.includes('filtered'))).toBe(false);
  expect(names(['fresh-*'])).toEqual([]);
  expect(names(['fresh-*'], { freshness: true })).toEqual([
    'fresh-events-235061-f8',
    'fresh-items-235061-f8',
  ]);
});
