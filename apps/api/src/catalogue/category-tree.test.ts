import { expect, it } from '@jest/globals';
import { CategoryTree } from './category-tree.ts';

function below(tree: CategoryTree, ...ids: string[]): string[] {
  const reached = tree.withDescendants(ids);
  return [...reached.keys()]
    .filter((index) => reached[index] === 1)
    .map((index) => tree.idAt(index))
    .sort();
}

const tree = (...pairs: [string, string | null][]) => {
  const made = new CategoryTree();
  made.setParents(pairs.map(([categoryId, parentId]) => ({ categoryId, parentId })));
  return made;
};

it('finds all that lies below a category', () => {
  const wines = tree(['wine', null], ['red', 'wine'], ['port', 'red'], ['beer', null]);
  expect(below(wines, 'wine')).toEqual(['port', 'red', 'wine']);
  expect(below(wines, 'port', 'beer')).toEqual(['beer', 'port']);
  expect(below(wines, 'unknown')).toEqual([]);
});

it('ends in a cycle, of one category too, and reaches all of it', () => {
  const cyclic = tree(['a', 'c'], ['b', 'a'], ['c', 'b'], ['d', 'c'], ['self', 'self']);
  expect(below(cyclic, 'b')).toEqual(['a', 'b', 'c', 'd']);
  expect(below(cyclic, 'self')).toEqual(['self']);
});

it('finds what lies below a category that is only named as a parent', () => {
  expect(below(tree(['a', 'ghost']), 'ghost')).toEqual(['a', 'ghost']);
});

it('keeps every index when another tree takes the place of one', () => {
  const moved = tree(['a', null], ['b', 'a']);
  const before = moved.intern('b');
  moved.setParents([{ categoryId: 'c', parentId: 'b' }]);
  expect(moved.intern('b')).toBe(before);
  expect(below(moved, 'a')).toEqual(['a']);
  expect(below(moved, 'b')).toEqual(['b', 'c']);
  expect([moved.intern(null), moved.count]).toEqual([0, 3]);
  expect(() => moved.idAt(0)).toThrow(RangeError);
});

it('holds a chain of a hundred thousand categories', () => {
  const chain = tree(...Array.from({ length: 100_000 }, (_, k): [string, string] => [`c${k + 1}`, `c${k}`]));
  expect(below(chain, 'c99998')).toEqual(['c100000', 'c99998', 'c99999']);
  expect(below(chain, 'c0')).toHaveLength(100_001);
});
