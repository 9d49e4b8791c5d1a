import { invalid } from '../model-file/invalid.ts';

/** Name of this part in a manifest's components, and of its tensors in the file. */
export const ITEM_TO_ITEM_COMPONENT = 'item_to_item';

/** What is seen near an item, learned from the order of the users' interactions: sparse rows. */
export interface ItemToItem {
  /** `[items + 1]`; the neighbours of item i are `offsets[i] <= k < offsets[i + 1]`. */
  readonly offsets: Uint32Array;
  /** `[neighbours]`, item index, within a row ascending. */
  readonly items: Uint32Array;
  /** `[neighbours]`, positive: how much item i speaks for this one; see `buildItemToItem`. */
  readonly weights: Float32Array;
}

/** Neighbours of an item that a file may hold: a reader's bound of what one event can cost. */
export const MAX_NEIGHBOURS = 1_000;

/**
 * Checks that the rows ascend, and that each neighbour exists, is not the item itself, comes once, and has a positive
 * weight.
 * @throws SommelierError `model-file-invalid` that names the tensor.
 */
export function checkItemToItem({ offsets, items, weights }: ItemToItem, itemCount: number): void {
  if (offsets.length !== itemCount + 1) {
    throw invalid(
      `item_to_item.offsets has ${offsets.length} elements; ${itemCount} items need ${itemCount + 1}`,
    );
  }
  if (weights.length !== items.length) {
    throw invalid(`item_to_item.weights has ${weights.length} elements, item_to_item.items ${items.length}`);
  }
  if (offsets[0] !== 0 || offsets[itemCount] !== items.length) {
    throw invalid(`item_to_item.offsets must begin with 0 and end with the ${items.length} neighbours`);
  }
  for (let item = 0; item < itemCount; item++) {
    const begin = offsets[item]!;
    const end = offsets[item + 1]!;
    if (end < begin || end > items.length) {
      throw invalid(`item_to_item.offsets falls or leaves the neighbours at item ${item}: ${begin}, ${end}`);
    }
    if (end - begin > MAX_NEIGHBOURS) {
      throw invalid(
        `item_to_item: item ${item} has ${end - begin} neighbours; at most ${MAX_NEIGHBOURS} are read`,
      );
    }
    checkRow({ offsets, items, weights }, item, itemCount);
  }
}

function checkRow({ offsets, items, weights }: ItemToItem, item: number, itemCount: number): void {
  let before = -1;
  for (let entry = offsets[item]!; entry < offsets[item + 1]!; entry++) {
    const other = items[entry]!;
    if (other <= before || other >= itemCount || other === item) {
      throw invalid(`item_to_item.items: item ${item} has the neighbour ${other} out of place`);
    }
    before = other;
    const weight = weights[entry]!;
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      throw invalid(
        `item_to_item.weights: neighbour ${entry} has the weight ${weight}; it must be positive and finite`,
      );
    }
  }
}
