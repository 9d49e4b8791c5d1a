import type { TrainingPairs } from '../engine/training-engine.ts';
import type { Interactions } from '../preparation/interactions.ts';

/** Stands for "this user has none" among withheld items. */
export const NO_ITEM = -1;

const MIN_ITEMS_FOR_TEST = 2;
const MIN_ITEMS_FOR_VALIDATION = 3;

/** The interactions, less the ones withheld from training. Users and items keep their indices. */
export interface LeaveOneOutSplit {
  readonly train: TrainingPairs;
  /** `[users]`, the item of the user's last event, or `NO_ITEM` for a user with fewer than 2 distinct items. */
  readonly testItems: Int32Array;
  /** `[users]`, the one before it, or `NO_ITEM` for a user with fewer than 3 distinct items. */
  readonly validationItems: Int32Array;
}

/** All interactions as what an engine learns from, without a copy. */
export function trainingPairsOf(interactions: Interactions): TrainingPairs {
  const { userIds, itemIds, offsets, items, strengths } = interactions;
  return { userCount: userIds.length, itemCount: itemIds.length, offsets, items, strengths };
}

/**
 * Chronological leave-one-out: withholds each user's last pair for the test and the one before it for validation,
 * with all events of those pairs. At least one pair of every user stays in `train`.
 */
export function splitLeaveOneOut(interactions: Interactions): LeaveOneOutSplit {
  const all = trainingPairsOf(interactions);
  const testItems = new Int32Array(all.userCount).fill(NO_ITEM);
  const validationItems = new Int32Array(all.userCount).fill(NO_ITEM);
  const offsets = new Uint32Array(all.userCount + 1);
  const items = new Uint32Array(all.items.length);
  const strengths = new Float32Array(all.items.length);
  let size = 0;
  for (let user = 0; user < all.userCount; user++) {
    const begin = all.offsets[user]!;
    const pairs = all.offsets[user + 1]! - begin;
    let end = begin + pairs;
    if (pairs >= MIN_ITEMS_FOR_TEST) testItems[user] = all.items[--end]!;
    if (pairs >= MIN_ITEMS_FOR_VALIDATION) validationItems[user] = all.items[--end]!;
    items.set(all.items.subarray(begin, end), size);
    strengths.set(all.strengths.subarray(begin, end), size);
    size += end - begin;
    offsets[user + 1] = size;
  }
  const train = {
    userCount: all.userCount,
    itemCount: all.itemCount,
    offsets,
    items: items.slice(0, size),
    strengths: strengths.slice(0, size),
  };
  return { train, testItems, validationItems };
}
