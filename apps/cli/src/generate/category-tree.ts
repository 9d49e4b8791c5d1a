import { PUBLISHED } from './published-profile.ts';
import type { RandomStream } from './random-stream.ts';

/** A tree of categories; nodes are in depth-first order, so that the leaves below any node are neighbours. */
export interface CategoryTree {
  /** `[nodes]`, category id. */
  readonly ids: Uint32Array;
  /** `[nodes]`, the parent's node, -1 for a root. */
  readonly parents: Int32Array;
  /** `[leaves]`, node of each leaf. */
  readonly leaves: Uint32Array;
  /** `[leaves]`, the number of the root above each leaf, ascending. */
  readonly rootOfLeaf: Uint32Array;
}

/** Ids are drawn from a range a little larger than the tree, as published ids have holes. */
const ID_RANGE_FACTOR = 1.02;
const FEWEST_ROOTS = 4;

/**
 * A tree whose levels are the published ones scaled by the square root of the catalogue's size relative to the
 * published one: a small shop has fewer categories, and fewer items in each.
 */
export function growCategoryTree(itemCount: number, random: RandomStream): CategoryTree {
  const scale = Math.sqrt(itemCount / PUBLISHED.catalogueItems);
  const levels = PUBLISHED.categoriesByDepth.map((nodes, depth) =>
    Math.max(depth === 0 ? FEWEST_ROOTS : 1, Math.round(nodes * scale)),
  );
  return inDepthFirstOrder(drawChildren(levels, random), levels[0] ?? 0, random);
}

/** Children of each node, nodes numbered level by level. */
function drawChildren(levels: readonly number[], random: RandomStream): number[][] {
  const children: number[][] = [];
  let firstOfLevel = 0;
  for (const [depth, nodes] of levels.entries()) {
    const parentCount = parentsAt(depth - 1, levels);
    const firstOfLevelAbove = firstOfLevel - (levels[depth - 1] ?? 0);
    for (let node = 0; node < nodes; node++) {
      children.push([]);
      if (depth === 0) continue;
      // Every parent gets one child before any gets a second.
      const parent = firstOfLevelAbove + (node < parentCount ? node : random.below(parentCount));
      children[parent]!.push(firstOfLevel + node);
    }
    firstOfLevel += nodes;
  }
  return children;
}

/** How many nodes of a level have children; chosen so that the published sizes give the published 362 parents. */
function parentsAt(depth: number, levels: readonly number[]): number {
  const shares = [1, 0.78, 0.23, 0.047, 0.077];
  return Math.max(
    1,
    Math.min(levels[depth + 1] ?? 0, Math.round((levels[depth] ?? 0) * (shares[depth] ?? 0))),
  );
}

function inDepthFirstOrder(
  children: readonly number[][],
  rootCount: number,
  random: RandomStream,
): CategoryTree {
  const count = children.length;
  const parents = new Int32Array(count);
  const leaves: number[] = [];
  const rootOfLeaf: number[] = [];
  let placed = 0;
  const place = (node: number, parent: number, root: number): void => {
    const position = placed++;
    parents[position] = parent;
    for (const child of children[node]!) place(child, position, root);
    if (children[node]!.length > 0) return;
    leaves.push(position);
    rootOfLeaf.push(root);
  };
  for (let root = 0; root < rootCount; root++) place(root, -1, root);
  const ids = random.permutation(Math.ceil(count * ID_RANGE_FACTOR)).slice(0, count);
  return { ids, parents, leaves: Uint32Array.from(leaves), rootOfLeaf: Uint32Array.from(rootOfLeaf) };
}
