import {
  ADDRESS_ORDER, ADDRESS_PAIR_ITEMS, ADDRESS_PAIR_STRENGTHS, ADDRESS_PAIR_USERS, ADDRESS_SORTED_ITEMS,
  ADDRESS_SORTED_OFFSETS, EPOCH, ITEM_COUNT, NEGATIVES, NEGATIVES_STREAM, ORDER_STREAM, PAIR_COUNT, S_ADDRESS_LIST,
  S_ADDRESS_SLOTS, S_COUNT, SEED, SIDE_BYTES, STRENGTH_WEIGHTED, T_ADDRESS_SAMPLE_ITEMS, T_ADDRESS_SAMPLE_SIGNS,
  T_ADDRESS_SAMPLE_USERS, T_ADDRESS_SAMPLE_WEIGHTS, T_SIDES,
} from '../src/plan';
import { bounded, hashFromPrefix, hashPrefix } from './random';

/** The order of an epoch's pairs (Fisher and Yates), as `permutation` of @sommelier/ncf draws it. */
export function shufflePairs(plan: usize): void {
  const order: usize = load<u32>(plan, ADDRESS_ORDER);
  const count = load<u32>(plan, PAIR_COUNT);
  const seed = load<u32>(plan, SEED);
  const stream = load<u32>(plan, ORDER_STREAM);
  for (let index: u32 = 0; index < count; index++) store<u32>(order + (<usize>index << 2), index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = bounded(hashFromPrefix(hashPrefix(seed, stream, last), last, 0), last + 1);
    const a = order + (<usize>chosen << 2);
    const b = order + (<usize>last << 2);
    const value = load<u32>(a);
    store<u32>(a, load<u32>(b));
    store<u32>(b, value);
  }
}

/** The slot of a row in a side's list of distinct rows; a new one at its first appearance. */
// @ts-expect-error: decorator
@inline
function slotOf(side: usize, row: u32): u32 {
  const slots: usize = load<u32>(side, S_ADDRESS_SLOTS);
  const list: usize = load<u32>(side, S_ADDRESS_LIST);
  const count = load<u32>(side, S_COUNT);
  const slot = load<u32>(slots + (<usize>row << 2));
  if (slot < count && load<u32>(list + (<usize>slot << 2)) == row) return slot;
  store<u32>(slots + (<usize>row << 2), count);
  store<u32>(list + (<usize>count << 2), row);
  store<u32>(side, count + 1, S_COUNT);
  return count;
}

/**
 * The item of the given rank among those that the user has not interacted with, by ascending index. A binary search
 * without branches for the number of the user's items that lie before it: the k-th of them, at s_k, has s_k - k unseen
 * ones before it.
 */
function unseenItem(sorted: usize, count: u32, rank: u32): u32 {
  if (count == 0) return rank;
  let low: u32 = 0;
  let size = count;
  while (size > 1) {
    const half = size >>> 1;
    const middle = low + half - 1;
    // All ones where the item in the middle lies before the one that is looked for.
    const before = 0 - <u32>(load<u32>(sorted + (<usize>middle << 2)) - middle <= rank);
    low += half & before;
    size -= half;
  }
  return rank + low + <u32>(load<u32>(sorted + (<usize>low << 2)) - low <= rank);
}

/**
 * Fills the thread's samples `from` to `to` of the epoch, with the distinct rows that they touch: the same samples as
 * `EpochSamples` of @sommelier/ncf gives.
 */
export function drawSamples(plan: usize, thread: usize, from: u32, to: u32): void {
  const users = thread + T_SIDES;
  const items = users + SIDE_BYTES;
  store<u32>(users, 0, S_COUNT);
  store<u32>(items, 0, S_COUNT);
  const order: usize = load<u32>(plan, ADDRESS_ORDER);
  const pairUsers: usize = load<u32>(plan, ADDRESS_PAIR_USERS);
  const pairItems: usize = load<u32>(plan, ADDRESS_PAIR_ITEMS);
  const strengths: usize = load<u32>(plan, ADDRESS_PAIR_STRENGTHS);
  const sortedOffsets: usize = load<u32>(plan, ADDRESS_SORTED_OFFSETS);
  const sortedItems: usize = load<u32>(plan, ADDRESS_SORTED_ITEMS);
  const itemCount = load<u32>(plan, ITEM_COUNT);
  const epoch = load<u32>(plan, EPOCH);
  const prefix = hashPrefix(load<u32>(plan, SEED), load<u32>(plan, NEGATIVES_STREAM), epoch);
  const weighted = load<u32>(plan, STRENGTH_WEIGHTED) != 0;
  const negatives = load<u32>(plan, NEGATIVES);
  const group = negatives + 1;
  let outUsers: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS);
  let outItems: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS);
  let outSigns: usize = load<u32>(thread, T_ADDRESS_SAMPLE_SIGNS);
  let outWeights: usize = load<u32>(thread, T_ADDRESS_SAMPLE_WEIGHTS);

  let position = from / group;
  let place = from - position * group;
  for (let sample = from; sample < to; position++, place = 0) {
    const pair = load<u32>(order + (<usize>position << 2));
    const user = load<u32>(pairUsers + (<usize>pair << 2));
    const userSlot = slotOf(users, user);
    const firstSorted = load<u32>(sortedOffsets + (<usize>user << 2));
    const known = load<u32>(sortedOffsets + (<usize>user << 2), 4) - firstSorted;
    const sorted = sortedItems + (<usize>firstSorted << 2);
    const unseen = itemCount - known;
    for (; place < group && sample < to; place++, sample++) {
      let item = load<u32>(pairItems + (<usize>pair << 2));
      let sign: f32 = -1;
      let weight: f32 = 1;
      if (place == 0) {
        if (weighted) weight = load<f32>(strengths + (<usize>pair << 2));
      } else {
        sign = 1;
        // Without an unseen item the place holds the positive's item, and counts for nothing.
        if (unseen == 0) weight = 0;
        else item = unseenItem(sorted, known, bounded(hashFromPrefix(prefix, epoch, pair * negatives + place - 1), unseen));
      }
      store<u32>(outUsers, userSlot);
      store<u32>(outItems, slotOf(items, item));
      store<f32>(outSigns, sign);
      store<f32>(outWeights, weight);
      outUsers += 4;
      outItems += 4;
      outSigns += 4;
      outWeights += 4;
    }
  }
}
