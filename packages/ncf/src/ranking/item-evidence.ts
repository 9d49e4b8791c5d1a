/** What is added to single items' logits. */
export interface ItemEvidence {
  /** Distinct item indices, in any order. */
  readonly items: ArrayLike<number>;
  /** As many finite numbers. */
  readonly values: ArrayLike<number>;
}

/** Evidence by item ascending, with the largest absolute value. */
export interface SortedEvidence {
  readonly items: readonly number[];
  readonly values: readonly number[];
  readonly limit: number;
}

/** @throws RangeError for an item that does not exist or comes twice, and for a value that is not finite. */
export function sortEvidence({ items, values }: ItemEvidence, itemCount: number): SortedEvidence {
  if (items.length !== values.length) {
    throw new RangeError(`${items.length} items of evidence have ${values.length} values`);
  }
  const order = Array.from(items, (_, entry) => entry).sort((a, b) => items[a]! - items[b]!);
  let before = -1;
  let limit = 0;
  for (const entry of order) {
    const item = items[entry]!;
    const value = values[entry]!;
    if (!(Number.isInteger(item) && item > before && item < itemCount)) {
      throw new RangeError(`item ${item} cannot have evidence (again) in a model of ${itemCount} items`);
    }
    if (!Number.isFinite(value)) throw new RangeError(`the evidence of item ${item} is ${value}`);
    before = item;
    limit = Math.max(limit, Math.abs(value));
  }
  return {
    items: order.map((entry) => items[entry]!),
    values: order.map((entry) => values[entry]!),
    limit,
  };
}
