import {
  DENSE_OUTPUT_BIAS, DENSE_OUTPUT_GMF, GMF_WIDTH, ROW_WIDTH, S_ADDRESS_GRADIENTS, S_ADDRESS_LIST, S_ADDRESS_PACKED,
  S_ADDRESS_TABLE, S_COUNT, SIDE_BYTES, T_ADDRESS_BLOCK_LOGITS, T_ADDRESS_BLOCK_ROWS, T_ADDRESS_BLOCK_SLOPES,
  T_ADDRESS_DENSE, T_ADDRESS_DENSE_GRADIENT, T_ADDRESS_SAMPLE_ITEMS, T_ADDRESS_SAMPLE_USERS, T_ADDRESS_WEIGHTED_USER,
  T_SIDES,
} from '../src/plan';
import { dot } from './dot';
import { multiplyAdd } from './simd';

// The GMF branch of a thread's part of a batch. Samples of one user follow each other, a positive and its negatives,
// so that the user's row is fetched once for them.

/**
 * Copies the distinct rows' embeddings side by side, by slot: from here on each is read several times, and there it
 * lies nearer. Their gradients begin at 0.
 */
export function packRows(plan: usize, thread: usize): void {
  const bytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  for (let index: usize = 0; index < 2; index++) {
    const side = thread + T_SIDES + index * SIDE_BYTES;
    const table: usize = load<u32>(side, S_ADDRESS_TABLE);
    const list: usize = load<u32>(side, S_ADDRESS_LIST);
    const count: usize = load<u32>(side, S_COUNT);
    let to: usize = load<u32>(side, S_ADDRESS_PACKED);
    for (let slot: usize = 0; slot < count; slot++) {
      let from = table + <usize>load<u32>(list + (slot << 2)) * 3 * bytes;
      for (const end = to + bytes; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
    }
    memory.fill(load<u32>(side, S_ADDRESS_GRADIENTS), 0, count * bytes);
  }
}

/** Sets the logits of a block to the output bias and the GMF branch's part. */
export function gmfForward(plan: usize, thread: usize, from: usize, count: usize): void {
  const width: usize = load<u32>(plan, GMF_WIDTH) << 2;
  const rowBytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const dense: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const weights = dense + (<usize>load<u32>(plan, DENSE_OUTPUT_GMF) << 2);
  const bias = load<f32>(dense + (<usize>load<u32>(plan, DENSE_OUTPUT_BIAS) << 2));
  const packedUsers: usize = load<u32>(thread + T_SIDES, S_ADDRESS_PACKED);
  const packedItems: usize = load<u32>(thread + T_SIDES + SIDE_BYTES, S_ADDRESS_PACKED);
  const sampleUsers: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS) + (from << 2);
  const sampleItems: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS) + (from << 2);
  const rows: usize = load<u32>(thread, T_ADDRESS_BLOCK_ROWS);
  const logits: usize = load<u32>(thread, T_ADDRESS_BLOCK_LOGITS);
  const weighted: usize = load<u32>(thread, T_ADDRESS_WEIGHTED_USER);
  let current: u32 = u32.MAX_VALUE;
  for (let sample: usize = 0; sample < count; sample++) {
    const userSlot = load<u32>(sampleUsers + (sample << 2));
    if (userSlot != current) {
      current = userSlot;
      const row = packedUsers + <usize>userSlot * rowBytes;
      for (let at: usize = 0; at < width; at += 16) {
        v128.store(weighted + at, f32x4.mul(v128.load(weights + at), v128.load(row + at)));
      }
    }
    const row = <usize>load<u32>(sampleItems + (sample << 2)) * rowBytes;
    store<u32>(rows + (sample << 2), <u32>row);
    store<f32>(logits + (sample << 2), bias + dot(weighted, packedItems + row, width));
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
  const items = users + SIDE_BYTES;
  const packedUsers: usize = load<u32>(users, S_ADDRESS_PACKED);
  const userGradients: usize = load<u32>(users, S_ADDRESS_GRADIENTS);
  const sampleUsers: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS) + (from << 2);
  let first: usize = 0;
  while (first < count) {
    const slot = load<u32>(sampleUsers + (first << 2));
    let last = first + 1;
    while (last < count && load<u32>(sampleUsers + (last << 2)) == slot) last++;
    const row = <usize>slot * rowBytes;
    backwardOfUser(
      packedUsers + row, userGradients + row,
      load<u32>(items, S_ADDRESS_PACKED), load<u32>(items, S_ADDRESS_GRADIENTS),
      load<u32>(thread, T_ADDRESS_BLOCK_ROWS), load<u32>(thread, T_ADDRESS_BLOCK_SLOPES),
      first << 2, last << 2, width,
    );
    first = last;
  }
}

/** The samples `first` to `last` (in bytes of their arrays) of one user, eight columns at a time. */
function backwardOfUser(
  user: usize, userGradient: usize,
  items: usize, itemGradients: usize,
  rows: usize, slopes: usize,
  first: usize, last: usize, width: usize,
): void {
  let at: usize = 0;
  for (; at + 32 <= width; at += 32) {
    const p0 = v128.load(user + at);
    const p1 = v128.load(user + at, 16);
    let u0 = v128.load(userGradient + at);
    let u1 = v128.load(userGradient + at, 16);
    for (let sample = first; sample < last; sample += 4) {
      const slope = v128.load32_splat(slopes + sample);
      const row = <usize>load<u32>(rows + sample) + at;
      const item = items + row;
      const gradient = itemGradients + row;
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
      const row = <usize>load<u32>(rows + sample) + at;
      const gradient = itemGradients + row;
      u0 = multiplyAdd(slope, v128.load(items + row), u0);
      v128.store(gradient, multiplyAdd(slope, p0, v128.load(gradient)));
    }
    v128.store(userGradient + at, u0);
  }
}

/** The gradient of the output weights, sum over users of row x gradient, and the weights' factor in the rows' own. */
export function gmfFinish(plan: usize, thread: usize): void {
  const width: usize = load<u32>(plan, GMF_WIDTH) << 2;
  const rowBytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const place = <usize>load<u32>(plan, DENSE_OUTPUT_GMF) << 2;
  const weights: usize = load<u32>(thread, T_ADDRESS_DENSE) + place;
  const outputGradient: usize = load<u32>(thread, T_ADDRESS_DENSE_GRADIENT) + place;
  const users = thread + T_SIDES;
  const userCount: usize = load<u32>(users, S_COUNT);
  let row: usize = load<u32>(users, S_ADDRESS_PACKED);
  let gradient: usize = load<u32>(users, S_ADDRESS_GRADIENTS);
  for (let slot: usize = 0; slot < userCount; slot++, gradient += rowBytes, row += rowBytes) {
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
