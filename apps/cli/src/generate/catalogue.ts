import { type CategoryTree, growCategoryTree } from './category-tree.ts';
import { type Curve, curveAt, positionIn, prefixSums } from './curve.ts';
import { RandomStream, STREAMS } from './random-stream.ts';

/** How close to an item another one is looked for: the same shelf, category, department (root category), or anywhere. */
export type Nearness = 'shelf' | 'category' | 'department' | 'shop';

/**
 * Items of a generated shop, laid out on a line in the depth-first order of the category tree, so that shelves,
 * categories and departments are nested stretches of it.
 */
export interface Catalogue {
  readonly tree: CategoryTree;
  /** `[items]`, item id. */
  readonly ids: Uint32Array;
  /** `[items]`, index into the tree's leaves. */
  readonly leafOfItem: Uint32Array;
  /** `[items]` */
  readonly prices: Float64Array;
  /** `[items]`, 1 or 0. */
  readonly available: Uint8Array;
  /** An item by its popularity. */
  draw(random: RandomStream): number;
  /**
   * An item near another, by its popularity among those near. If the other one was drawn by popularity, so is the
   * result, whatever the nearness: tastes do not bend how popular items are.
   */
  drawNear(item: number, nearness: Nearness, random: RandomStream): number;
}

/** Similar items of one category, the finest taste: about so many. */
const ITEMS_PER_SHELF = 30;
const ID_RANGE_FACTOR = 1.12;
const SHARE_AVAILABLE = 0.8;
const MEDIAN_PRICE = 35;
const LOWEST_PRICE = 0.5;

/**
 * Logarithm of an item's popularity by its place on the standard normal's axis, fitted so that the counts per item,
 * after chance has had its part, have the published quantiles.
 */
const LOG_POPULARITY: Curve = {
  scale: 'linear',
  points: [
    [-4, -3.6],
    [-0.7, -0.98],
    [0, -0.5],
    [0.5, 0.5],
    [1.08, 2.09],
    [1.91, 3.74],
    [2.53, 4.92],
    [4.7, 8.55],
  ],
};

/** Builds the catalogue of a shop with `itemCount` items; the same arguments give the same catalogue. */
export function stockCatalogue(itemCount: number, concentration: number, seed: number): Catalogue {
  const random = new RandomStream(seed, STREAMS.catalogue);
  const tree = growCategoryTree(itemCount, new RandomStream(seed, STREAMS.tree));
  const leafBounds = fillLeaves(tree.leaves.length, itemCount, random);
  const leafOfItem = expand(leafBounds, itemCount);
  const shelfBounds = divideIntoShelves(leafBounds);
  const shelfOfItem = expand(shelfBounds, itemCount);
  const departmentBounds = boundsOfDepartments(tree, leafBounds);
  const popularity = prefixSums(drawPopularity(itemCount, concentration, random));
  const drawBetween = (from: number, to: number, numbers: RandomStream): number => {
    const low = popularity[from]!;
    return positionIn(popularity, low + numbers.uniform() * (popularity[to]! - low), from, to);
  };
  return {
    tree,
    leafOfItem,
    ids: random.permutation(Math.ceil(itemCount * ID_RANGE_FACTOR)).slice(0, itemCount),
    prices: drawPrices(leafOfItem, tree.leaves.length, random),
    available: Uint8Array.from({ length: itemCount }, () => (random.chance(SHARE_AVAILABLE) ? 1 : 0)),
    draw: (numbers) => drawBetween(0, itemCount, numbers),
    drawNear(item, nearness, numbers) {
      if (nearness === 'shop') return drawBetween(0, itemCount, numbers);
      const leaf = leafOfItem[item]!;
      const [bounds, stretch] =
        nearness === 'shelf'
          ? [shelfBounds, shelfOfItem[item]!]
          : nearness === 'category'
            ? [leafBounds, leaf]
            : [departmentBounds, tree.rootOfLeaf[leaf]!];
      return drawBetween(bounds[stretch]!, bounds[stretch + 1]!, numbers);
    },
  };
}

/** `[leaves + 1]`: where each leaf's items begin; sizes are log-normal. */
function fillLeaves(leafCount: number, itemCount: number, random: RandomStream): Uint32Array {
  const sums = prefixSums(Array.from({ length: leafCount }, () => Math.exp(0.8 * random.normal())));
  const total = sums[leafCount]!;
  return Uint32Array.from(sums, (sum) => Math.round((sum / total) * itemCount));
}

/** Cuts every leaf into equal shelves; an empty leaf has none. */
function divideIntoShelves(leafBounds: Uint32Array): Uint32Array {
  const bounds = [0];
  for (let leaf = 0; leaf + 1 < leafBounds.length; leaf++) {
    const from = leafBounds[leaf]!;
    const size = leafBounds[leaf + 1]! - from;
    if (size === 0) continue;
    const shelves = Math.max(1, Math.round(size / ITEMS_PER_SHELF));
    for (let shelf = 1; shelf <= shelves; shelf++) bounds.push(from + Math.round((size * shelf) / shelves));
  }
  return Uint32Array.from(bounds);
}

function boundsOfDepartments(tree: CategoryTree, leafBounds: Uint32Array): Uint32Array {
  const bounds: number[] = [];
  for (let leaf = 0; leaf < tree.leaves.length; leaf++)
    if (leaf === 0 || tree.rootOfLeaf[leaf] !== tree.rootOfLeaf[leaf - 1]) bounds.push(leafBounds[leaf]!);
  bounds.push(leafBounds[tree.leaves.length]!);
  return Uint32Array.from(bounds);
}

/** `[items]`: the stretch between two bounds that each item lies in. */
function expand(bounds: Uint32Array, itemCount: number): Uint32Array {
  const stretches = new Uint32Array(itemCount);
  for (let stretch = 0; stretch + 1 < bounds.length; stretch++)
    stretches.fill(stretch, bounds[stretch]!, bounds[stretch + 1]!);
  return stretches;
}

/** The popularity curve's values at evenly spread ranks, in random order: the shape is exact at every size. */
function drawPopularity(itemCount: number, concentration: number, random: RandomStream): Float64Array {
  const weights = Float64Array.from({ length: itemCount }, (_, rank) =>
    Math.exp(concentration * curveAt(LOG_POPULARITY, normalQuantile((rank + 0.5) / itemCount))),
  );
  random.shuffle(weights);
  return weights;
}

function drawPrices(leafOfItem: Uint32Array, leafCount: number, random: RandomStream): Float64Array {
  const medians = Float64Array.from({ length: leafCount }, () => MEDIAN_PRICE * Math.exp(random.normal()));
  return Float64Array.from(leafOfItem, (leaf) => {
    const price = medians[leaf]! * Math.exp(0.45 * random.normal());
    return Math.max(LOWEST_PRICE, Math.round(price * 100) / 100);
  });
}

/** Inverse of the standard normal distribution, by the logistic approximation of Bowling et al. (2009), inverted. */
function normalQuantile(probability: number): number {
  // P(z) = 1 / (1 + exp(-(0.07056 z^3 + 1.5976 z))), solved for z by Cardano's formula.
  const p = 1.5976 / 0.07056;
  const q = -Math.log(probability / (1 - probability)) / 0.07056;
  const root = Math.sqrt((q * q) / 4 + (p * p * p) / 27);
  return Math.cbrt(-q / 2 + root) + Math.cbrt(-q / 2 - root);
}
