import type { Model } from '../model-file/model.ts';
import { eligibleBits, isSet } from '../ranking/eligible-bits.ts';
import { TopItems } from '../ranking/top-items.ts';

export interface SimilarItem {
  readonly itemIndex: number;
  /** The item-to-item weight, or the cosine of the embeddings: numbers of different scales. */
  readonly score: number;
  readonly source: 'item-to-item' | 'embedding';
}

/**
 * The n eligible items that are nearest to an item: its item-to-item neighbours by weight descending, then, where the
 * model has too few, the others by the cosine of the GMF embeddings. Exactly min(n, eligible ones), never the item
 * itself; ties by item index ascending; an item without an embedding (all 0) has the cosine 0. Deterministic.
 * @param eligible a bit an item, as the ranker takes it; default: all items.
 * @throws RangeError when there is no such item, n is not a whole number >= 0, or the bits' length is wrong.
 */
export function similarItems(
  model: Model,
  itemIndex: number,
  n: number,
  eligible?: Uint8Array,
): SimilarItem[] {
  const { itemCount } = model.parameters.shape;
  if (!(Number.isInteger(itemIndex) && itemIndex >= 0 && itemIndex < itemCount)) {
    throw new RangeError(`there is no item ${itemIndex} in a model of ${itemCount}`);
  }
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n is ${n}; it must be a whole number >= 0`);
  const bits = eligibleBits(itemCount, eligible, [itemIndex]);
  const size = Math.min(n, itemCount - 1);
  const near = neighbours(model, itemIndex, size, bits);
  const missing = size - near.length;
  if (missing === 0) return near;
  for (const { itemIndex: known } of near) bits[known >>> 3]! &= ~(1 << (known & 7));
  return [...near, ...byCosine(model, itemIndex, missing, bits)];
}

function neighbours({ itemToItem }: Model, itemIndex: number, n: number, bits: Uint8Array): SimilarItem[] {
  if (itemToItem === undefined || n === 0) return [];
  const best = new TopItems(n);
  for (let entry = itemToItem.offsets[itemIndex]!; entry < itemToItem.offsets[itemIndex + 1]!; entry++) {
    const item = itemToItem.items[entry]!;
    if (isSet(bits, item)) best.offer(item, itemToItem.weights[entry]!);
  }
  return best.drain().map((item) => ({ ...item, source: 'item-to-item' }));
}

function byCosine(model: Model, itemIndex: number, n: number, bits: Uint8Array): SimilarItem[] {
  const { itemGmf, shape } = model.parameters;
  const { factors, itemCount } = shape;
  const own = Float64Array.from(itemGmf.subarray(itemIndex * factors, (itemIndex + 1) * factors));
  const best = new TopItems(n);
  let ownSquared = 0;
  for (const value of own) ownSquared += value * value;
  for (let other = 0; other < itemCount; other++) {
    if (!isSet(bits, other)) continue;
    let product = 0;
    let squared = 0;
    for (let f = 0, at = other * factors; f < factors; f++, at++) {
      const value = itemGmf[at]!;
      product += own[f]! * value;
      squared += value * value;
    }
    const length = Math.sqrt(ownSquared * squared);
    best.offer(other, length > 0 ? product / length : 0);
  }
  return best.drain().map((item) => ({ ...item, source: 'embedding' }));
}
