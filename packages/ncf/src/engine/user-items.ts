import type { TrainingPairs } from './training-engine.ts';

/** Which items each user interacted with, sorted, to draw from those that the user did not. */
export class UserItems {
  readonly #itemCount: number;
  /** `[users + 1]`: compressed rows. */
  readonly offsets: Uint32Array;
  /** Within a user ascending and distinct. */
  readonly items: Uint32Array;

  constructor(pairs: Pick<TrainingPairs, 'userCount' | 'itemCount' | 'offsets' | 'items'>) {
    this.#itemCount = pairs.itemCount;
    this.offsets = new Uint32Array(pairs.userCount + 1);
    const items = new Uint32Array(pairs.items.length);
    let end = 0;
    for (let user = 0; user < pairs.userCount; user++) {
      const sorted = pairs.items.slice(pairs.offsets[user]!, pairs.offsets[user + 1]!).sort();
      for (let index = 0; index < sorted.length; index++) {
        if (index === 0 || sorted[index] !== sorted[index - 1]) items[end++] = sorted[index]!;
      }
      this.offsets[user + 1] = end;
    }
    this.items = items.subarray(0, end);
  }

  /** How many items the user has not interacted with. */
  unseenCount(user: number): number {
    return this.#itemCount - (this.offsets[user + 1]! - this.offsets[user]!);
  }

  /**
   * The item of the given rank (0 <= rank < `unseenCount`) among those that the user has not interacted with, by
   * ascending index: a uniform rank gives a uniform negative without rejection, whatever the user's history. Binary
   * search for the number of the user's items that lie before it: the k-th of them, at s_k, has s_k - k unseen ones
   * before it.
   */
  unseenItem(user: number, rank: number): number {
    const start = this.offsets[user]!;
    let low = start;
    let high = this.offsets[user + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.items[middle]! - (middle - start) <= rank) low = middle + 1;
      else high = middle;
    }
    return rank + (low - start);
  }
}
