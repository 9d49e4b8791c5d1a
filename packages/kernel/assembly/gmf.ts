import {
  ADDRESS_ITEM_TABLE,
  DENSE_OUTPUT_BIAS,
  DENSE_OUTPUT_GMF,
  GMF_WIDTH,
  ROW_WIDTH,
  S_ADDRESS_GRADIENTS,
  S_ADDRESS_LIST,
  S_ADDRESS_TABLE,
  S_COUNT,
  SIDE_BYTES,
  T_ADDRESS_BLOCK_GRADIENTS,
  T_ADDRESS_BLOCK_LOGITS,
  T_ADDRESS_BLOCK_ROWS,
  T_ADDRESS_BLOCK_SLOPES,
  T_ADDRESS_DENSE,
  T_ADDRESS_DENSE_GRADIENT,
  T_ADDRESS_SAMPLE_ITEMS,
  T_ADDRESS_SAMPLE_USERS,
  T_ADDRESS_WEIGHTED_USER,
  T_SIDES,
} from '../src/plan';
import { dot } from './dot';
import { multiplyAdd } from './simd';

// The GMF branch of a thread's part of a batch. Samples of one user follow each other, a positive and its negatives,
// so that the user's row is fetched once for them.

/** Gradients of all distinct rows begin at 0. */
export function clearGradients(plan: usize, thread: usize): void {
  const bytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  for (let index: usize = 0; index < 2; index++) {
    const side = thread + T_SIDES + index * SIDE_BYTES;
    memory.fill(load<u32>(side, S_ADDRESS_GRADIENTS), 0, <usize>load<u32>(side, S_COUNT) * bytes);
  }
}

/** Sets the logits of a block to the output bias and the GMF branch's part. */
export function gmfForward(plan: usize, thread: usize, from: usize, count: usize): void {
  const width: usize = load<u32>(plan, GMF_WIDTH) << 2;
  const rowBytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const dense: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const weights = dense + ((<usize>load<u32>(plan, DENSE_OUTPUT_GMF)) << 2);
  const bias = load<f32>(dense + ((<usize>load<u32>(plan, DENSE_OUTPUT_BIAS)) << 2));
  const users = thread + T_SIDES;
  const userTable: usize = load<u32>(users, S_ADDRESS_TABLE);
  const userList: usize = load<u32>(users, S_ADDRESS_LIST);
  const itemTable: usize = load<u32>(plan, ADDRESS_ITEM_TABLE);
  const itemList: usize = load<u32>(users + SIDE_BYTES, S_ADDRESS_LIST);
  const itemGradients: usize = load<u32>(users + SIDE_BYTES, S_ADDRESS_GRADIENTS);
  const sampleUsers: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS) + (from << 2);
  const sampleItems: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS) + (from << 2);
  const rows: usize = load<u32>(thread, T_ADDRESS_BLOCK_ROWS);
  const gradients: usize = load<u32>(thread, T_ADDRESS_BLOCK_GRADIENTS);
  const logits: usize = load<u32>(thread, T_ADDRESS_BLOCK_LOGITS);
  const weighted: usize = load<u32>(thread, T_ADDRESS_WEIGHTED_USER);
  let current: u32 = u32.MAX_VALUE;
  for (let sample: usize = 0; sample < count; sample++) {
    const userSlot = load<u32>(sampleUsers + (sample << 2));
    if (userSlot != current) {
      current = userSlot;
      let row = userTable + <usize>load<u32>(userList + ((<usize>userSlot) << 2)) * 3 * rowBytes;
      for (let at: usize = 0; at < width; at += 16, row += 16) {
        v128.store(weighted + at, f32x4.mul(v128.load(weights + at), v128.load(row)));
      }
    }
    const itemSlot: usize = load<u32>(sampleItems + (sample << 2));
    const item = itemTable + <usize>load<u32>(itemList + (itemSlot << 2)) * 3 * rowBytes;
    store<u32>(rows + (sample << 2), <u32>item);
    store<u32>(gradients + (sample << 2), <u32>(itemGradients + itemSlot * rowBytes));
    store<f32>(logits + (sample << 2), bias + dot(weighted, item, width));
  }
}

/**
 * Adds slope x item row to the user's gradient and slope x user row to the item's, for each sample of the block. The
 * output weights, the same factor in all of them, enter at the end, in `gmfFinish`.
 */
export function gmfBackward(plan: usize, thread: usize, from: usize, count: usize): void {
  const width: usize = load<u32>(plan, GMF_WIDTH) << 2;
  const rowBytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const users = thread + T_SIDES;
  const userTable: usize = load<u32>(users, S_ADDRESS_TABLE);
  const userList: usize = load<u32>(users, S_ADDRESS_LIST);
  const userGradients: usize = load<u32>(users, S_ADDRESS_GRADIENTS);
  const sampleUsers: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS) + (from << 2);
  const rows: usize = load<u32>(thread, T_ADDRESS_BLOCK_ROWS);
  const gradients: usize = load<u32>(thread, T_ADDRESS_BLOCK_GRADIENTS);
  const slopes: usize = load<u32>(thread, T_ADDRESS_BLOCK_SLOPES);
  let first: usize = 0;
  while (first < count) {
    const userSlot = load<u32>(sampleUsers + (first << 2));
    let last = first + 1;
    while (last < count && load<u32>(sampleUsers + (last << 2)) == userSlot) last++;
    const row = userTable + <usize>load<u32>(userList + ((<usize>userSlot) << 2)) * 3 * rowBytes;
    const gradient = userGradients + <usize>userSlot * rowBytes;
    backwardOfUser(row, gradient, rows, gradients, slopes, first << 2, last << 2, width);
    first = last;
  }
}

function backwardOfUser(
  user: usize,
  userGradient: usize,
  rows: usize,
  gradients: usize,
  slopes: usize,
  first: usize,
  last: usize,
  width: usize,
): void {
  let at: usize = 0;
  for (; at + 32 <= width; at += 32) {
    const p0 = v128.load(user + at);
    const p1 = v128.load(user + at, 16);
    let u0 = v128.load(userGradient + at);
    let u1 = v128.load(userGradient + at, 16);
    for (let sample = first; sample < last; sample += 4) {
      const slope = v128.load32_splat(slopes + sample);
      const item = <usize>load<u32>(rows + sample) + at;
      const gradient = <usize>load<u32>(gradients + sample) + at;
      u0 = multiplyAdd(slope, v128.load(item), u0);
      u1 = multiplyAdd(slope, v128.load(item, 16), u1);
      v128.store(gradient, multiplyAdd(slope, p0, v128.load(gradient)));
      v128.store(gradient, multiplyAdd(slope, p1, v128.load(gradient, 16)), 16);
    }
    v128.store(userGradient + at, u0);
    v128.store(userGradient + at, u1, 16);
  }
  if (at < width) {
    const p0 = v128.load(user + at);
    let u0 = v128.load(userGradient + at);
    for (let sample = first; sample < last; sample += 4) {
      const slope = v128.load32_splat(slopes + sample);
      const gradient = <usize>load<u32>(gradients + sample) + at;
      u0 = multiplyAdd(slope, v128.load(<usize>load<u32>(rows + sample) + at), u0);
      v128.store(gradient, multiplyAdd(slope, p0, v128.load(gradient)));
    }
    v128.store(userGradient + at, u0);
  }
}

/** The gradient of the output weights, sum over users of row x gradient, and the weights' factor in the rows' own. */
export function gmfFinish(plan: usize, thread: usize): void {
  const width: usize = load<u32>(plan, GMF_WIDTH) << 2;
  const rowBytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const place = (<usize>load<u32>(plan, DENSE_OUTPUT_GMF)) << 2;
  const weights: usize = load<u32>(thread, T_ADDRESS_DENSE) + place;
  const outputGradient: usize = load<u32>(thread, T_ADDRESS_DENSE_GRADIENT) + place;
  const users = thread + T_SIDES;
  const userCount: usize = load<u32>(users, S_COUNT);
  const userTable: usize = load<u32>(users, S_ADDRESS_TABLE);
  const userList: usize = load<u32>(users, S_ADDRESS_LIST);
  let gradient: usize = load<u32>(users, S_ADDRESS_GRADIENTS);
  for (let slot: usize = 0; slot < userCount; slot++, gradient += rowBytes) {
    const row = userTable + <usize>load<u32>(userList + (slot << 2)) * 3 * rowBytes;
    for (let at: usize = 0; at < width; at += 16) {
      const g = v128.load(gradient + at);
      v128.store(outputGradient + at, multiplyAdd(g, v128.load(row + at), v128.load(outputGradient + at)));
      v128.store(gradient + at, f32x4.mul(g, v128.load(weights + at)));
    }
  }
  const itemCount: usize = load<u32>(users + SIDE_BYTES, S_COUNT);
  gradient = load<u32>(users + SIDE_BYTES, S_ADDRESS_GRADIENTS);
  for (let slot: usize = 0; slot < itemCount; slot++, gradient += rowBytes) {
    for (let at: usize = 0; at < width; at += 16) {
      v128.store(gradient + at, f32x4.mul(v128.load(gradient + at), v128.load(weights + at)));
    }
  }
}
