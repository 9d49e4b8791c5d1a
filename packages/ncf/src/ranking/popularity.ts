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
  const order = Uint32Array.from(itemPopularity, (_, item) => item);
  return order.sort((a, b) => itemPopularity[b]! - itemPopularity[a]! || a - b);
}

/**
 * The `n` most popular items that are not excluded, exactly min(n, eligible) of them; the score is the number of users.
 * The order is computed once a model, at the first call.
 * @throws RangeError when `n` is not a whole number >= 0.
 */
export function topPopular(model: Popular, n: number, excluded: Iterable<number> = []): RankedItem[] {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n is ${n}; it must be a whole number >= 0`);
  let order = ordersByModel.get(model);
  if (order === undefined) {
    order = popularityOrder(model.itemPopularity);
    ordersByModel.set(model, order);
  }
  const skipped = new Set(excluded);
  const ranked: RankedItem[] = [];
  for (const itemIndex of order) {
    if (ranked.length >= n) break;
    if (!skipped.has(itemIndex)) ranked.push({ itemIndex, score: model.itemPopularity[itemIndex]! });
  }
  return ranked;
}
