import {
  ADDRESS_THREADS, BATCH_SIZE, BLOCK_SAMPLES, DENSE_COUNT, DENSE_OUTPUT_BIAS, DENSE_WEIGHTS, L2, LEARNING_RATE, MAP_COUNT,
  NEGATIVES, PAIR_COUNT, ROW_WIDTH, S_ADDRESS_GRADIENTS, S_ADDRESS_LIST, S_ADDRESS_SLOTS, S_ADDRESS_TABLE, S_COUNT,
  S_SEEN, SIDE_BYTES, T_ADDRESS_BLOCK_LOGITS, T_ADDRESS_BLOCK_SLOPES, T_ADDRESS_DENSE, T_ADDRESS_DENSE_FIRST,
  T_ADDRESS_DENSE_GRADIENT, T_ADDRESS_DENSE_SECOND, T_ADDRESS_SAMPLE_SIGNS, T_ADDRESS_SAMPLE_WEIGHTS, T_BETA1_POWER,
  T_BETA2_POWER, T_LOSS, T_SIDES, THREAD_STRIDE, THREADS,
} from '../src/plan';
import { adamUpdate, stepSizeOf } from './adam';
import { meet } from './barrier';
import { gmfBackward, gmfFinish, gmfForward, packRows } from './gmf';
import { drawSamples } from './samples';
import { expOfNonPositive, logOfOnePlus } from './simd';
import { firstMap, firstMapBackward, towerBackward, towerForward, transposeMaps } from './tower';

export { shufflePairs } from './samples';
export { scoreUsers } from './score-users';

/**
 * Batches `first` to `end` of the epoch; every thread calls it with the same numbers. A step has two phases, and the
 * threads meet after each: in the first a thread computes the gradients of its own samples, in the second it updates
 * the rows that it owns (row modulo threads) with the sums of all threads' gradients, in the order of the threads, and
 * its own copy of the dense parameters. So the result depends on the number of threads, and not on their timing.
 * @returns 1, or 0 when a thread has given up.
 */
export function trainBatches(plan: usize, index: u32, first: u32, end: u32): i32 {
  const thread = threadAt(plan, index);
  const threads = load<u32>(plan, THREADS);
  const batchSize = load<u32>(plan, BATCH_SIZE);
  const total = <u64>load<u32>(plan, PAIR_COUNT) * (load<u32>(plan, NEGATIVES) + 1);
  for (let batch = first; batch < end; batch++) {
    const from = <u64>batch * batchSize;
    const size = <u32>(min(total, from + batchSize) - from);
    const begin = <u32>(<u64>size * index / threads);
    const stop = <u32>(<u64>size * (index + 1) / threads);
    gradientsOfSamples(plan, thread, <u32>from + begin, <u32>from + stop, size);
    if (!meet(plan, thread)) return 0;
    update(plan, thread, index, threads);
    if (!meet(plan, thread)) return 0;
  }
  return 1;
}

/** After the host has written parameters: what a thread derives from its copy of the dense ones. */
export function prepareThread(plan: usize, index: u32): void {
  transposeMaps(plan, threadAt(plan, index));
}

/** Gradients of the samples `from` to `to` in a batch of `size`, for the tests: a step without its update. */
export function gradientsOfBatch(plan: usize, index: u32, from: u32, to: u32, size: u32): void {
  gradientsOfSamples(plan, threadAt(plan, index), from, to, size);
}

// @ts-expect-error: decorator
@inline
function threadAt(plan: usize, index: u32): usize {
  return <usize>load<u32>(plan, ADDRESS_THREADS) + <usize>index * load<u32>(plan, THREAD_STRIDE);
}

function gradientsOfSamples(plan: usize, thread: usize, from: u32, to: u32, size: u32): void {
  const hasTower = load<u32>(plan, MAP_COUNT) > 0;
  drawSamples(plan, thread, from, to);
  packRows(plan, thread);
  memory.fill(load<u32>(thread, T_ADDRESS_DENSE_GRADIENT), 0, <usize>load<u32>(plan, DENSE_COUNT) << 2);
  if (hasTower) firstMap(plan, thread);
  const count: usize = to - from;
  for (let block: usize = 0; block < count; block += BLOCK_SAMPLES) {
    const samples = min<usize>(BLOCK_SAMPLES, count - block);
    gmfForward(plan, thread, block, samples);
    if (hasTower) towerForward(plan, thread, block, samples);
    slopesOfBlock(plan, thread, block, samples, size);
    gmfBackward(plan, thread, block, samples);
    if (hasTower) towerBackward(plan, thread, block, samples);
  }
  gmfFinish(plan, thread);
  if (hasTower) firstMapBackward(plan, thread);
}

/**
 * The losses weight x softplus(sign x logit) of a block, and their slopes by the logit, divided by the size of the
 * batch, since the loss is its mean. Past the block's end the slopes are 0: products take 4 samples at a time.
 */
function slopesOfBlock(plan: usize, thread: usize, block: usize, count: usize, size: u32): void {
  const logits: usize = load<u32>(thread, T_ADDRESS_BLOCK_LOGITS);
  const slopes: usize = load<u32>(thread, T_ADDRESS_BLOCK_SLOPES);
  const signs: usize = load<u32>(thread, T_ADDRESS_SAMPLE_SIGNS) + (block << 2);
  const weights: usize = load<u32>(thread, T_ADDRESS_SAMPLE_WEIGHTS) + (block << 2);
  const share = f32x4.splat(<f32>(1.0 / <f64>size));
  const one = f32x4.splat(1);
  let losses = f64x2.splat(0);
  let slopeSum: f32 = 0;
  for (let sample: usize = 0; sample < count; sample += 4) {
    const at = sample << 2;
    const left = count - sample;
    const sign = v128.load(signs + at);
    let weight = v128.load(weights + at);
    if (left < 4) weight = v128.and(weight, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>left)));
    let x = f32x4.mul(sign, v128.load(logits + at));
    // What stands past the end may be no number at all.
    if (left < 4) x = v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>left)));
    const z = expOfNonPositive(f32x4.neg(f32x4.abs(x)));
    const denominator = f32x4.add(one, z);
    const isPositive = f32x4.gt(x, f32x4.splat(0));
    const sigmoid = f32x4.div(v128.bitselect(one, z, isPositive), denominator);
    const loss = f32x4.mul(weight, f32x4.add(f32x4.pmax(x, f32x4.splat(0)), logOfOnePlus(z)));
    losses = f64x2.add(losses, f64x2.add(f64x2.promote_low_f32x4(loss), f64x2.promote_low_f32x4(v128.shuffle<f32>(loss, loss, 2, 3, 2, 3))));
    const slope = f32x4.mul(f32x4.mul(sign, sigmoid), f32x4.mul(weight, share));
    v128.store(slopes + at, slope);
    slopeSum += f32x4.extract_lane(slope, 0) + f32x4.extract_lane(slope, 1) + f32x4.extract_lane(slope, 2) + f32x4.extract_lane(slope, 3);
  }
  store<f64>(thread, load<f64>(thread, T_LOSS) + f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1), T_LOSS);
  const bias: usize = load<u32>(thread, T_ADDRESS_DENSE_GRADIENT) + (<usize>load<u32>(plan, DENSE_OUTPUT_BIAS) << 2);
  store<f32>(bias, load<f32>(bias) + slopeSum);
}

function update(plan: usize, thread: usize, index: u32, threads: u32): void {
  const beta1Power = load<f64>(thread, T_BETA1_POWER) * 0.9;
  const beta2Power = load<f64>(thread, T_BETA2_POWER) * 0.999;
  store<f64>(thread, beta1Power, T_BETA1_POWER);
  store<f64>(thread, beta2Power, T_BETA2_POWER);
  const stepSize = f32x4.splat(stepSizeOf(load<f64>(plan, LEARNING_RATE), beta1Power, beta2Power));
  const l2 = f32x4.splat(load<f32>(plan, L2));
  updateDense(plan, thread, threads, stepSize, l2);
  for (let side: usize = 0; side < 2; side++) {
    if (threads == 1) updateRows(plan, thread + T_SIDES + side * SIDE_BYTES, stepSize, l2);
    else updateOwnRows(plan, side, index, threads, stepSize, l2);
  }
  transposeMaps(plan, thread);
}

/** Every thread updates a copy of its own with the same sums, which spares a third meeting. */
function updateDense(plan: usize, thread: usize, threads: u32, stepSize: v128, l2: v128): void {
  const weights: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const first: usize = load<u32>(thread, T_ADDRESS_DENSE_FIRST);
  const second: usize = load<u32>(thread, T_ADDRESS_DENSE_SECOND);
  const decayed: usize = load<u32>(plan, DENSE_WEIGHTS) << 2;
  const bytes: usize = load<u32>(plan, DENSE_COUNT) << 2;
  const none = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    let gradient = v128.load(<usize>load<u32>(threadAt(plan, 0), T_ADDRESS_DENSE_GRADIENT) + at);
    for (let other: u32 = 1; other < threads; other++) {
      gradient = f32x4.add(gradient, v128.load(<usize>load<u32>(threadAt(plan, other), T_ADDRESS_DENSE_GRADIENT) + at));
    }
    adamUpdate(weights + at, first + at, second + at, gradient, stepSize, at < decayed ? l2 : none);
  }
}

/** Slots between a record that is updated and the one that is fetched meanwhile. */
const SLOTS_AHEAD: usize = 4;

/** One thread: every distinct row of the batch. */
function updateRows(plan: usize, side: usize, stepSize: v128, l2: v128): void {
  const bytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const table: usize = load<u32>(side, S_ADDRESS_TABLE);
  const count: usize = load<u32>(side, S_COUNT);
  const list: usize = load<u32>(side, S_ADDRESS_LIST);
  let gradient: usize = load<u32>(side, S_ADDRESS_GRADIENTS);
  let seen: u32 = 0;
  for (let slot: usize = 0; slot < count; slot++, gradient += bytes) {
    const ahead = min(slot + SLOTS_AHEAD, count - 1);
    seen |= lookAt(table + <usize>load<u32>(list + (ahead << 2)) * 3 * bytes, 3 * bytes);
    updateRecord(table + <usize>load<u32>(list + (slot << 2)) * 3 * bytes, gradient, bytes, stepSize, l2);
  }
  store<u32>(side, seen, S_SEEN);
}

// @ts-expect-error: decorator
@inline
function updateRecord(record: usize, gradient: usize, bytes: usize, stepSize: v128, l2: v128): void {
  let row = record;
  for (const end = row + bytes; row < end; row += 16, gradient += 16) {
    adamUpdate(row, row + bytes, row + 2 * bytes, v128.load(gradient), stepSize, l2);
  }
}

/** Reads a word of each cache line, so that the lines are near when their turn comes. */
// @ts-expect-error: decorator
@inline
function lookAt(record: usize, bytes: usize): u32 {
  let seen: u32 = 0;
  for (let at: usize = 0; at < bytes; at += 64) seen |= load<u32>(record + at);
  return seen;
}

/** Many threads: the rows that this one owns, in the lists of all; a row's gradients are added in their order. */
function updateOwnRows(plan: usize, sideIndex: usize, index: u32, threads: u32, stepSize: v128, l2: v128): void {
  const bytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  for (let other: u32 = 0; other < threads; other++) {
    const side = threadAt(plan, other) + T_SIDES + sideIndex * SIDE_BYTES;
    const table: usize = load<u32>(side, S_ADDRESS_TABLE);
    const list: usize = load<u32>(side, S_ADDRESS_LIST);
    const count: usize = load<u32>(side, S_COUNT);
    const gradients: usize = load<u32>(side, S_ADDRESS_GRADIENTS);
    for (let slot: usize = 0; slot < count; slot++) {
      const row = load<u32>(list + (slot << 2));
      if (row % threads != index || isInEarlierList(plan, sideIndex, row, other)) continue;
      const gradient = gradients + slot * bytes;
      for (let next = other + 1; next < threads; next++) {
        const more = gradientOf(threadAt(plan, next) + T_SIDES + sideIndex * SIDE_BYTES, row, bytes);
        if (more != 0) addRow(gradient, more, bytes);
      }
      updateRecord(table + <usize>row * 3 * bytes, gradient, bytes, stepSize, l2);
    }
  }
}

function isInEarlierList(plan: usize, sideIndex: usize, row: u32, other: u32): bool {
  for (let earlier: u32 = 0; earlier < other; earlier++) {
    if (slotIn(threadAt(plan, earlier) + T_SIDES + sideIndex * SIDE_BYTES, row) != u32.MAX_VALUE) return true;
  }
  return false;
}

/** Address of a row's gradient in a thread's list, 0 when the thread did not touch the row. */
function gradientOf(side: usize, row: u32, bytes: usize): usize {
  const slot = slotIn(side, row);
  return slot == u32.MAX_VALUE ? 0 : <usize>load<u32>(side, S_ADDRESS_GRADIENTS) + <usize>slot * bytes;
}

function slotIn(side: usize, row: u32): u32 {
  const slot = load<u32>(<usize>load<u32>(side, S_ADDRESS_SLOTS) + (<usize>row << 2));
  if (slot >= load<u32>(side, S_COUNT)) return u32.MAX_VALUE;
  return load<u32>(<usize>load<u32>(side, S_ADDRESS_LIST) + (<usize>slot << 2)) == row ? slot : u32.MAX_VALUE;
}

function addRow(to: usize, from: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  }
}
