import {
  ADDRESS_ORDER, ADDRESS_PAIR_ITEMS, ADDRESS_PAIR_STRENGTHS, ADDRESS_PAIR_USERS, ADDRESS_UNSEEN_BEFORE,
  ADDRESS_UNSEEN_OFFSETS, EPOCH, GROUP_BYTES, ITEM_COUNT, NEGATIVES, NEGATIVES_STREAM, ORDER_STREAM, PAIR_COUNT,
  S_ADDRESS_LIST, S_ADDRESS_SLOTS, S_COUNT, SEED, SIDE_BYTES, STRENGTH_WEIGHTED, T_ADDRESS_GROUPS,
  T_ADDRESS_SAMPLE_ITEMS, T_ADDRESS_SAMPLE_SIGNS, T_ADDRESS_SAMPLE_USERS, T_ADDRESS_SAMPLE_WEIGHTS, T_SIDES,
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
 * The item of the given rank among those that the user has not interacted with, by ascending index. `before` is
 * ascending: for the k-th of the user's items, how many of the others lie before it. A binary search without branches
 * finds how many of the user's items lie before the one that is looked for.
 */
function unseenItem(before: usize, count: u32, rank: u32): u32 {
  if (count == 0) return rank;
  let low: u32 = 0;
  let size = count;
  while (size > 1) {
    const half = size >>> 1;
    low += half & beforeMask(before, low + half - 1, rank);
    size -= half;
  }
  return rank + low + (1 & beforeMask(before, low, rank));
}

/** All ones where at most `rank` other items lie before the user's item at `place`. */
// @ts-expect-error: decorator
@inline
function beforeMask(before: usize, place: u32, rank: u32): u32 {
  return 0 - <u32>(load<u32>(before + (<usize>place << 2)) <= rank);
}

/** Four times `unseenItem`, step by step together: each search waits for its own loads, and none for the others'. */
function fourUnseenItems(before: usize, count: u32, rank0: u32, rank1: u32, rank2: u32, rank3: u32, out: usize): void {
  let low0: u32 = 0, low1: u32 = 0, low2: u32 = 0, low3: u32 = 0;
  if (count > 0) {
    let size = count;
    while (size > 1) {
      const half = size >>> 1;
      low0 += half & beforeMask(before, low0 + half - 1, rank0);
      low1 += half & beforeMask(before, low1 + half - 1, rank1);
      low2 += half & beforeMask(before, low2 + half - 1, rank2);
      low3 += half & beforeMask(before, low3 + half - 1, rank3);
      size -= half;
    }
    low0 += 1 & beforeMask(before, low0, rank0);
    low1 += 1 & beforeMask(before, low1, rank1);
    low2 += 1 & beforeMask(before, low2, rank2);
    low3 += 1 & beforeMask(before, low3, rank3);
  }
  store<u32>(out, rank0 + low0);
  store<u32>(out, rank1 + low1, 4);
  store<u32>(out, rank2 + low2, 8);
  store<u32>(out, rank3 + low3, 12);
}

/**
 * Fills the thread's samples `from` to `to` of the epoch, with the distinct rows that they touch: the same samples as
 * `EpochSamples` of @sommelier/ncf gives.
 */
export function drawSamples(plan: usize, thread: usize, from: u32, to: u32): void {
  store<u32>(thread + T_SIDES, 0, S_COUNT);
  store<u32>(thread + T_SIDES + SIDE_BYTES, 0, S_COUNT);
  fetchGroups(plan, thread, from, to);
  drawItems(plan, thread, from, to);
  const items = thread + T_SIDES + SIDE_BYTES;
  let at: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS);
  for (const end = at + (<usize>(to - from) << 2); at < end; at += 4) store<u32>(at, slotOf(items, load<u32>(at)));
}

/**
 * Pair, user and item of each positive whose group the samples touch. They lie scattered in memory; a loop of nothing
 * but loads waits for many of them at once. Also looks at the middle of each user's items, where a search begins.
 */
function fetchGroups(plan: usize, thread: usize, from: u32, to: u32): void {
  const order: usize = load<u32>(plan, ADDRESS_ORDER);
  const pairUsers: usize = load<u32>(plan, ADDRESS_PAIR_USERS);
  const pairItems: usize = load<u32>(plan, ADDRESS_PAIR_ITEMS);
  const offsets: usize = load<u32>(plan, ADDRESS_UNSEEN_OFFSETS);
  const before: usize = load<u32>(plan, ADDRESS_UNSEEN_BEFORE);
  const group = load<u32>(plan, NEGATIVES) + 1;
  const last = (to + group - 1) / group;
  let out: usize = load<u32>(thread, T_ADDRESS_GROUPS);
  let seen: u32 = 0;
  for (let position = from / group; position < last; position++, out += GROUP_BYTES) {
    const pair: usize = load<u32>(order + (<usize>position << 2));
    const user: usize = load<u32>(pairUsers + (pair << 2));
    store<u32>(out, <u32>pair);
    store<u32>(out, <u32>user, 4);
    store<u32>(out, load<u32>(pairItems + (pair << 2)), 8);
    const first = load<u32>(offsets + (user << 2));
    const end = load<u32>(offsets + (user << 2), 4);
    seen |= load<u32>(before + (<usize>((first + end) >>> 1) << 2));
  }
  // Kept, so that no compiler leaves the look out.
  store<u32>(out, seen);
}

/** Items, signs and weights of the samples, and the slots of their users. */
function drawItems(plan: usize, thread: usize, from: u32, to: u32): void {
  const users = thread + T_SIDES;
  const strengths: usize = load<u32>(plan, ADDRESS_PAIR_STRENGTHS);
  const offsets: usize = load<u32>(plan, ADDRESS_UNSEEN_OFFSETS);
  const before: usize = load<u32>(plan, ADDRESS_UNSEEN_BEFORE);
  const itemCount = load<u32>(plan, ITEM_COUNT);
  const epoch = load<u32>(plan, EPOCH);
  const prefix = hashPrefix(load<u32>(plan, SEED), load<u32>(plan, NEGATIVES_STREAM), epoch);
  const weighted = load<u32>(plan, STRENGTH_WEIGHTED) != 0;
  const negatives = load<u32>(plan, NEGATIVES);
  let groups: usize = load<u32>(thread, T_ADDRESS_GROUPS);
  let outUsers: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS);
  let outItems: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS);
  let outSigns: usize = load<u32>(thread, T_ADDRESS_SAMPLE_SIGNS);
  let outWeights: usize = load<u32>(thread, T_ADDRESS_SAMPLE_WEIGHTS);
  let place = from % (negatives + 1);
  for (let sample = from; sample < to; groups += GROUP_BYTES, place = 0) {
    const pair = load<u32>(groups);
    const user: usize = load<u32>(groups, 4);
    const positive = load<u32>(groups, 8);
    const first = load<u32>(offsets + (user << 2));
    const known = load<u32>(offsets + (user << 2), 4) - first;
    const own = before + (<usize>first << 2);
    const unseen = itemCount - known;
    const slot = slotOf(users, <u32>user);
    const size = min(negatives + 1 - place, to - sample);
    for (let index: usize = 0; index < <usize>size; index++) {
      store<u32>(outUsers + (index << 2), slot);
      store<f32>(outSigns + (index << 2), 1);
      // Without an unseen item a negative's place holds the positive's item, and counts for nothing.
      store<f32>(outWeights + (index << 2), unseen == 0 ? 0 : 1);
    }
    let done: u32 = 0;
    if (place == 0) {
      store<u32>(outItems, positive);
      store<f32>(outSigns, -1);
      store<f32>(outWeights, weighted ? load<f32>(strengths + (<usize>pair << 2)) : 1);
      done = 1;
    }
    const draw = pair * negatives + place - 1;
    for (; done < size && unseen == 0; done++) store<u32>(outItems + (<usize>done << 2), positive);
    for (; done + 4 <= size; done += 4) {
      fourUnseenItems(
        own, known,
        bounded(hashFromPrefix(prefix, epoch, draw + done), unseen),
        bounded(hashFromPrefix(prefix, epoch, draw + done + 1), unseen),
        bounded(hashFromPrefix(prefix, epoch, draw + done + 2), unseen),
        bounded(hashFromPrefix(prefix, epoch, draw + done + 3), unseen),
        outItems + (<usize>done << 2),
      );
    }
    for (; done < size; done++) {
      const rank = bounded(hashFromPrefix(prefix, epoch, draw + done), unseen);
      store<u32>(outItems + (<usize>done << 2), unseenItem(own, known, rank));
    }
    sample += size;
    outUsers += <usize>size << 2;
    outItems += <usize>size << 2;
    outSigns += <usize>size << 2;
    outWeights += <usize>size << 2;
  }
}
