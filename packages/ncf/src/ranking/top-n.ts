import type { Scorer } from './scorer.ts';
import { comparable, type RankedItem, TopItems } from './top-items.ts';

export type { RankedItem } from './top-items.ts';

/**
 * The `n` best items that are not excluded, best first: by score descending, ties (0 and -0 among them) by item index
 * ascending, which is the order of the ids' bytes. Exactly min(n, eligible) of them, equal to a full sort; NaN counts
 * as -Infinity. One pass, with a heap of n.
 * @throws RangeError when `n` is not a whole number >= 0.
 */
export function topN(scores: Float64Array, n: number, excluded: Iterable<number> = []): RankedItem[] {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n is ${n}; it must be a whole number >= 0`);
  const skipped = new Set(excluded);
  const heap = new TopItems(Math.min(n, scores.length));
  if (heap.capacity === 0) return [];

  let item = 0;
  for (; item < scores.length && heap.size < heap.capacity; item++) {
    if (!skipped.has(item)) heap.add(item, comparable(scores[item]!));
  }
  let worst = heap.worstScore;
  for (; item < scores.length; item++) {
    // An equal score loses: its index is larger than every index in the heap.
    if (!(scores[item]! > worst) || skipped.has(item)) continue;
    heap.replaceWorst(item, scores[item]!);
    worst = heap.worstScore;
  }
  return heap.drain().map(({ itemIndex }) => ({ itemIndex, score: scores[itemIndex]! }));
}

/**
 * The user's `n` best items by the model. `scratch`, `[items]`, receives all logits; a caller that answers many
 * requests hands in the same one each time.
 */
export function topNForUser(
  scorer: Scorer,
  userIndex: number,
  n: number,
  excluded: Iterable<number> = [],
  scratch: Float64Array = new Float64Array(scorer.itemCount),
): RankedItem[] {
  scorer.scoreUser(userIndex, scratch);
  return topN(scratch, n, excluded);
}
