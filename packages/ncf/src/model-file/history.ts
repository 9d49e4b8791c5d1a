import { invalid } from './invalid.ts';

/** What each user has interacted with: compressed rows, within a user oldest first. */
export interface History {
  /** `[users + 1]`; the pairs of user u are `offsets[u] <= p < offsets[u + 1]`. */
  readonly offsets: Uint32Array;
  /** `[pairs]`, item index. */
  readonly items: Uint32Array;
  /** `[pairs]`, strength of the interaction. */
  readonly strengths: Float32Array;
}

/** The items of a user, oldest first: a view. */
export function itemsOfUser(history: History, userIndex: number): Uint32Array {
  return history.items.subarray(history.offsets[userIndex], history.offsets[userIndex + 1]);
}

/** `[items]`, the number of users with an interaction. */
export function countItemPopularity(items: Uint32Array, itemCount: number): Uint32Array {
  const popularity = new Uint32Array(itemCount);
  for (let pair = 0; pair < items.length; pair++) popularity[items[pair]!]!++;
  return popularity;
}

/**
 * Checks that the rows ascend, and that each pair is one of an existing item with a positive strength, once a user.
 * @throws SommelierError `model-file-invalid` that names the tensor.
 */
export function checkHistory(history: History, userCount: number, itemCount: number): void {
  const { offsets, items, strengths } = history;
  if (offsets.length !== userCount + 1) {
    throw invalid(`history.offsets has ${offsets.length} elements; ${userCount} users need ${userCount + 1}`);
  }
  if (strengths.length !== items.length) {
    throw invalid(`history.strengths has ${strengths.length} elements, history.items ${items.length}`);
  }
  if (offsets[0] !== 0 || offsets[userCount] !== items.length) {
    throw invalid(`history.offsets must begin with 0 and end with the ${items.length} pairs`);
  }
  // The user (+ 1) in whose row an item was met last.
  const metBy = new Uint32Array(itemCount);
  for (let user = 0; user < userCount; user++) {
    const begin = offsets[user]!;
    const end = offsets[user + 1]!;
    if (end < begin || end > items.length) {
      throw invalid(`history.offsets falls or leaves the pairs at user ${user}: ${begin}, ${end}`);
    }
    for (let pair = begin; pair < end; pair++) {
      const item = items[pair]!;
      if (item >= itemCount) {
        throw invalid(`history.items: pair ${pair} names item ${item} of ${itemCount}`);
      }
      if (metBy[item] === user + 1) throw invalid(`history.items: user ${user} has item ${item} twice`);
      metBy[item] = user + 1;
      const strength = strengths[pair]!;
      if (!(strength > 0 && strength < Number.POSITIVE_INFINITY)) {
        throw invalid(
          `history.strengths: pair ${pair} has strength ${strength}; it must be positive and finite`,
        );
      }
    }
  }
}
