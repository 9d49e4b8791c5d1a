import { eligibleBits, isSet } from './eligible-bits.ts';
import type { RankedItem } from './top-n.ts';

/** What the popularity ranking needs of a model. */
interface Popular {
  /** `[items]`, the number of users with an interaction. */
  readonly itemPopularity: Uint32Array;
}

const ordersByModel = new WeakMap<Popular, Uint32Array>();

/** Hands in the order of a model's items, as `popularityOrder` gives it, so that `topPopular` need not compute it. */
export function adoptPopularityOrder(model: Popular, order: Uint32Array): void {
  ordersByModel.set(model, order);
}

/** All items, the most popular first, ties by item index ascending: `[items]`. */
export function popularityOrder(itemPopularity: Uint32Array): Uint32Array {
  const count = itemPopularity.length;
  // Numbers of 64 bits, whose sort compares without calling back: above what popularity lacks, below the item. The
  // lower half lies first in memory, as in the model's file (little-endian).
  const keys = new BigUint64Array(count);
  const halves = new Uint32Array(keys.buffer);
  for (let item = 0; item < count; item++) {
    halves[2 * item] = item;
    halves[2 * item + 1] = ~itemPopularity[item]!;
  }
  keys.sort();
  const order = new Uint32Array(count);
  for (let place = 0; place < count; place++) order[place] = halves[2 * place]!;
  return order;
}

/**
 * The `n` most popular items that are eligible and not excluded, exactly min(n, eligible) of them; the score is the
 * number of users. The order is computed once a model, at the first call.
 * @param eligible a bit an item, as the ranker takes it; default: all items.
 * @throws RangeError when `n` is not a whole number >= 0, or the bits' length is not what it must be.
 */
export function topPopular(
  model: Popular,
  n: number,
  excluded: Iterable<number> = [],
  eligible?: Uint8Array,
): RankedItem[] {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n is ${n}; it must be a whole number >= 0`);
  const bits = eligibleBits(model.itemPopularity.length, eligible, excluded);
  const ranked: RankedItem[] = [];
  for (const itemIndex of orderOf(model)) {
    if (ranked.length >= n) break;
    if (isSet(bits, itemIndex)) ranked.push({ itemIndex, score: model.itemPopularity[itemIndex]! });
  }
  return ranked;
}

/**
 * An item's place by popularity among the eligible items and itself, from 1, and its number of users: one more than the
 * number of eligible items that `topPopular` would put before it.
 * @throws RangeError when there is no such item, or the bits' length is not what it must be.
 */
export function popularRankOf(
  model: Popular,
  item: number,
  excluded: Iterable<number> = [],
  eligible?: Uint8Array,
): { rank: number; score: number } {
  const score = model.itemPopularity[item];
  if (score === undefined) throw new RangeError(`there is no item ${item}`);
  const bits = eligibleBits(model.itemPopularity.length, eligible, excluded);
  let rank = 1;
  for (const other of orderOf(model)) {
    if (other === item) break;
    if (isSet(bits, other)) rank++;
  }
  return { rank, score };
}

function orderOf(model: Popular): Uint32Array {
  let order = ordersByModel.get(model);
  if (order === undefined) {
    order = popularityOrder(model.itemPopularity);
    ordersByModel.set(model, order);
  }
  return order;
}
