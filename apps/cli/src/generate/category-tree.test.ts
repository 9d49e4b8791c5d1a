import { describe, expect, test } from '@jest/globals';
import { growCategoryTree } from './category-tree.ts';
import { PUBLISHED } from './published-profile.ts';
import { RandomStream } from './random-stream.ts';

function depthsOf(parents: Int32Array): number[] {
  const depths: number[] = [];
  for (const [node, parent] of parents.entries()) depths[node] = parent < 0 ? 0 : depths[parent]! + 1;
  return depths;
}

describe('growCategoryTree', () => {
  test('at the published size, has the published number of categories at each depth', () => {
    const tree = growCategoryTree(PUBLISHED.catalogueItems, new RandomStream(1, 1));
    const depths = depthsOf(tree.parents);
    expect([0, 1, 2, 3, 4, 5].map((depth) => depths.filter((other) => other === depth).length)).toEqual([
      ...PUBLISHED.categoriesByDepth,
    ]);
    const parents = new Set(tree.parents).size - 1;
    expect(Math.abs(parents - PUBLISHED.categoriesWithChildren)).toBeLessThanOrEqual(10);
  });

  test.each([30, 500, 20_000])('for %i items, is a tree with distinct ids and parents first', (items) => {
    const { ids, parents, leaves, rootOfLeaf } = growCategoryTree(items, new RandomStream(1, 1));
    expect(new Set(ids).size).toBe(ids.length);
    for (const [node, parent] of parents.entries()) expect(parent).toBeLessThan(node);
    const inner = new Set(parents);
    expect([...leaves]).toEqual([...ids.keys()].filter((node) => !inner.has(node)));
    expect([...rootOfLeaf]).toEqual([...rootOfLeaf].sort((a, b) => a - b));
  });
});
