import {
  ADDRESS_ITEM_HALVES,
  ADDRESS_ITEM_TABLE,
  ADDRESS_SCORE_USERS,
  ADDRESS_SCORES,
  ADDRESS_THREADS,
  ADDRESS_USER_TABLE,
  BLOCK_SAMPLES,
  DENSE_FIRST_ITEM,
  DENSE_FIRST_USER,
  DENSE_MAP_BIASES,
  DENSE_OUTPUT_BIAS,
  DENSE_OUTPUT_GMF,
  GMF_WIDTH,
  ITEM_COUNT,
  LINEAR_TOWER,
  MAP_COUNT,
  MLP_WIDTH,
  ROW_WIDTH,
  S_ADDRESS_HALVES,
  SCORE_COUNT,
  T_ADDRESS_ACTIVATIONS,
  T_ADDRESS_BLOCK_LOGITS,
  T_ADDRESS_DENSE,
  T_ADDRESS_TRANSPOSED,
  T_ADDRESS_WEIGHTED_USER,
  T_SIDES,
  THREAD_STRIDE,
  THREADS,
} from '../src/plan';
import { meet } from './barrier';
import { dot } from './dot';
import { multiply } from './gemm';
import { hiddenMaps, mapWidth } from './tower';

/**
 * float32 logits of all items for the users of the plan, `[users, items]`; every thread calls it. The items' half of
 * the first map is computed first, each thread a part of it, then each thread takes a part of the users.
 * @returns 1, or 0 when a thread has given up.
 */
export function scoreUsers(plan: usize, index: u32): i32 {
  const thread: usize =
    <usize>load<u32>(plan, ADDRESS_THREADS) + <usize>index * load<u32>(plan, THREAD_STRIDE);
  const threads = load<u32>(plan, THREADS);
  const items = load<u32>(plan, ITEM_COUNT);
  if (load<u32>(plan, MAP_COUNT) > 0) {
    // Parts in multiples of 4, since a product writes 4 rows at a time.
    const quarter = (items + 3) / 4;
    itemHalves(
      plan,
      thread,
      <u32>((<u64>quarter * index) / threads) * 4,
      min(items, <u32>((<u64>quarter * (index + 1)) / threads) * 4),
    );
  }
  if (!meet(plan, thread)) return 0;
  const count = load<u32>(plan, SCORE_COUNT);
  const users: usize = load<u32>(plan, ADDRESS_SCORE_USERS);
  const scores: usize = load<u32>(plan, ADDRESS_SCORES);
  const stop = <u32>((<u64>count * (index + 1)) / threads);
  for (let place = <u32>((<u64>count * index) / threads); place < stop; place++) {
    scoreUser(plan, thread, load<u32>(users + ((<usize>place) << 2)), scores + <usize>place * items * 4);
  }
  return meet(plan, thread) ? 1 : 0;
}

/** Halves of the items `from` to `to`, four rows of the table at a time. */
function itemHalves(plan: usize, thread: usize, from: usize, to: usize): void {
  const units = mapWidth(plan, 0) << 2;
  const stride: usize = load<u32>(plan, ROW_WIDTH) * 12;
  const table: usize = load<u32>(plan, ADDRESS_ITEM_TABLE) + (load<u32>(plan, GMF_WIDTH) << 2);
  const weights: usize =
    load<u32>(thread, T_ADDRESS_TRANSPOSED) + ((<usize>load<u32>(plan, DENSE_FIRST_ITEM)) << 2);
  if (to <= from) return;
  multiply(
    table + from * stride,
    stride,
    weights,
    units,
    <usize>load<u32>(plan, ADDRESS_ITEM_HALVES) + from * units,
    units,
    to - from,
    units >>> 2,
    load<u32>(plan, MLP_WIDTH),
    0,
  );
}

function scoreUser(plan: usize, thread: usize, user: u32, out: usize): void {
  const width: usize = load<u32>(plan, GMF_WIDTH) << 2;
  const stride: usize = load<u32>(plan, ROW_WIDTH) * 12;
  const items: usize = load<u32>(plan, ITEM_COUNT);
  const dense: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const weights = dense + ((<usize>load<u32>(plan, DENSE_OUTPUT_GMF)) << 2);
  const bias = load<f32>(dense + ((<usize>load<u32>(plan, DENSE_OUTPUT_BIAS)) << 2));
  const row = <usize>load<u32>(plan, ADDRESS_USER_TABLE) + <usize>user * stride;
  const weighted: usize = load<u32>(thread, T_ADDRESS_WEIGHTED_USER);
  for (let at: usize = 0; at < width; at += 16) {
    v128.store(weighted + at, f32x4.mul(v128.load(weights + at), v128.load(row + at)));
  }
  const hasTower = load<u32>(plan, MAP_COUNT) > 0;
  if (hasTower) userHalf(plan, thread, row + width);
  const logits: usize = load<u32>(thread, T_ADDRESS_BLOCK_LOGITS);
  let item: usize = load<u32>(plan, ADDRESS_ITEM_TABLE);
  for (let block: usize = 0; block < items; block += BLOCK_SAMPLES) {
    const count = min<usize>(BLOCK_SAMPLES, items - block);
    for (let sample: usize = 0; sample < count; sample++, item += stride) {
      store<f32>(logits + (sample << 2), bias + dot(weighted, item, width));
    }
    if (hasTower) {
      firstActivations(plan, thread, block, count);
      hiddenMaps(plan, thread, count);
    }
    memory.copy(out + (block << 2), logits, count << 2);
  }
}

/** The user's half of the first map with its bias, in the place of the thread's first slot. */
function userHalf(plan: usize, thread: usize, embedding: usize): void {
  const units = mapWidth(plan, 0) << 2;
  multiply(
    embedding,
    0,
    <usize>load<u32>(thread, T_ADDRESS_TRANSPOSED) + ((<usize>load<u32>(plan, DENSE_FIRST_USER)) << 2),
    units,
    load<u32>(thread + T_SIDES, S_ADDRESS_HALVES),
    units,
    1,
    units >>> 2,
    load<u32>(plan, MLP_WIDTH),
    <usize>load<u32>(thread, T_ADDRESS_DENSE) + ((<usize>load<u32>(plan, DENSE_MAP_BIASES)) << 2),
  );
}

function firstActivations(plan: usize, thread: usize, block: usize, count: usize): void {
  const units = mapWidth(plan, 0) << 2;
  const user: usize = load<u32>(thread + T_SIDES, S_ADDRESS_HALVES);
  const linear = load<u32>(plan, LINEAR_TOWER) != 0;
  const zero = f32x4.splat(0);
  let half = <usize>load<u32>(plan, ADDRESS_ITEM_HALVES) + block * units;
  let to: usize = load<u32>(thread, T_ADDRESS_ACTIVATIONS);
  for (let sample: usize = 0; sample < count; sample++) {
    for (let at: usize = 0; at < units; at += 16, to += 16, half += 16) {
      const sum = f32x4.add(v128.load(user + at), v128.load(half));
      v128.store(to, linear ? sum : f32x4.pmax(sum, zero));
    }
  }
}
