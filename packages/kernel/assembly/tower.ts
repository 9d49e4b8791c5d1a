import {
  BLOCK_SAMPLES, DENSE_FIRST_ITEM, DENSE_FIRST_USER, DENSE_MAP_BIASES, DENSE_MAP_WEIGHTS, DENSE_OUTPUT_MLP,GMF_WIDTH, 
  LINEAR_TOWER, MAP_COUNT, MAP_WIDTHS, MLP_WIDTH, ROW_WIDTH, S_ADDRESS_GRADIENTS, S_ADDRESS_HALVES,
  S_ADDRESS_PACKED, S_ADDRESS_SUMS, S_ADDRESS_TABLE, S_COUNT, SIDE_BYTES, T_ADDRESS_ACTIVATIONS, T_ADDRESS_BLOCK_LOGITS,
  T_ADDRESS_BLOCK_SLOPES, T_ADDRESS_DELTAS, T_ADDRESS_DENSE, T_ADDRESS_DENSE_GRADIENT, T_ADDRESS_SAMPLE_ITEMS,
  T_ADDRESS_SAMPLE_USERS, T_ADDRESS_TRANSPOSED, T_SIDES,
} from '../src/plan';
import { addTransposedProduct, multiply, multiplyGated, multiplyRelu, transpose } from './gemm';
import { multiplyAdd, sumOfLanes } from './simd';

// The MLP branch of a thread's part of a batch. Matrices of a block are `[64, width of the map]`.

// @ts-expect-error: decorator
@inline
export function mapWidth(plan: usize, map: usize): usize {
  return load<u32>(plan + (map << 2), MAP_WIDTHS);
}

// @ts-expect-error: decorator
@inline
function denseAt(base: usize, plan: usize, field: usize): usize {
  return base + (<usize>load<u32>(plan + field) << 2);
}

/** Copies the weights of all maps to `[in, out]`, the form in which the forward products take them. */
export function transposeMaps(plan: usize, thread: usize): void {
  const maps: usize = load<u32>(plan, MAP_COUNT);
  if (maps == 0) return;
  const dense: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const transposed: usize = load<u32>(thread, T_ADDRESS_TRANSPOSED);
  const width: usize = load<u32>(plan, MLP_WIDTH);
  const first = mapWidth(plan, 0);
  transpose(denseAt(dense, plan, DENSE_FIRST_USER), denseAt(transposed, plan, DENSE_FIRST_USER), first, width);
  transpose(denseAt(dense, plan, DENSE_FIRST_ITEM), denseAt(transposed, plan, DENSE_FIRST_ITEM), first, width);
  for (let map: usize = 1; map < maps; map++) {
    const field = DENSE_MAP_WEIGHTS + (map << 2);
    transpose(denseAt(dense, plan, field), denseAt(transposed, plan, field), mapWidth(plan, map), mapWidth(plan, map - 1));
  }
}

/** The distinct rows' half of the first map, from their packed embeddings; the users' half has the bias. */
export function firstMap(plan: usize, thread: usize): void {
  half(plan, thread, thread + T_SIDES, DENSE_FIRST_USER, true);
  half(plan, thread, thread + T_SIDES + SIDE_BYTES, DENSE_FIRST_ITEM, false);
}

function half(plan: usize, thread: usize, side: usize, field: usize, biased: bool): void {
  const count: usize = load<u32>(side, S_COUNT);
  const units = mapWidth(plan, 0);
  const bias = biased ? denseAt(load<u32>(thread, T_ADDRESS_DENSE), plan, DENSE_MAP_BIASES) : 0;
  multiply(
    embeddingsOf(plan, side), load<u32>(plan, ROW_WIDTH) << 2,
    denseAt(load<u32>(thread, T_ADDRESS_TRANSPOSED), plan, field), units << 2,
    load<u32>(side, S_ADDRESS_HALVES), units << 2,
    count, units, load<u32>(plan, MLP_WIDTH), bias,
  );
  memory.fill(load<u32>(side, S_ADDRESS_SUMS), 0, count * (units << 2));
}

/** The MLP part of a side's packed rows. */
// @ts-expect-error: decorator
@inline
function embeddingsOf(plan: usize, side: usize): usize {
  return <usize>load<u32>(side, S_ADDRESS_PACKED) + (<usize>load<u32>(plan, GMF_WIDTH) << 2);
}

/** Adds the tower's part to the logits of the block of samples that begins with the thread's sample `from`. */
export function towerForward(plan: usize, thread: usize, from: usize, count: usize): void {
  const units = mapWidth(plan, 0) << 2;
  const users: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS) + (from << 2);
  const items: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS) + (from << 2);
  const userHalves: usize = load<u32>(thread + T_SIDES, S_ADDRESS_HALVES);
  const itemHalves: usize = load<u32>(thread + T_SIDES + SIDE_BYTES, S_ADDRESS_HALVES);
  const zero = f32x4.splat(0);
  const linear = load<u32>(plan, LINEAR_TOWER) != 0;
  let to: usize = load<u32>(thread, T_ADDRESS_ACTIVATIONS);
  for (let sample: usize = 0; sample < count; sample++) {
    let user = userHalves + <usize>load<u32>(users + (sample << 2)) * units;
    let item = itemHalves + <usize>load<u32>(items + (sample << 2)) * units;
    for (const end = to + units; to < end; to += 16, user += 16, item += 16) {
      const sum = f32x4.add(v128.load(user), v128.load(item));
      v128.store(to, linear ? sum : f32x4.pmax(sum, zero));
    }
  }
  hiddenMaps(plan, thread, count);
}

/** The maps after the first, and the tower's part of the logits: block by block, from the first map's activations. */
export function hiddenMaps(plan: usize, thread: usize, count: usize): void {
  const maps: usize = load<u32>(plan, MAP_COUNT);
  const dense: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const transposed: usize = load<u32>(thread, T_ADDRESS_TRANSPOSED);
  for (let map: usize = 1; map < maps; map++) {
    const inputs = mapWidth(plan, map - 1);
    const outputs = mapWidth(plan, map);
    const input: usize = load<u32>(thread + ((map - 1) << 2), T_ADDRESS_ACTIVATIONS);
    multiplyRelu(
      input, inputs << 2,
      denseAt(transposed, plan, DENSE_MAP_WEIGHTS + (map << 2)), outputs << 2,
      load<u32>(thread + (map << 2), T_ADDRESS_ACTIVATIONS), outputs << 2,
      count, outputs, inputs,
      denseAt(dense, plan, DENSE_MAP_BIASES + (map << 2)),
    );
  }
  const last = mapWidth(plan, maps - 1) << 2;
  const weights = denseAt(dense, plan, DENSE_OUTPUT_MLP);
  let x: usize = load<u32>(thread + ((maps - 1) << 2), T_ADDRESS_ACTIVATIONS);
  let logit: usize = load<u32>(thread, T_ADDRESS_BLOCK_LOGITS);
  for (let sample: usize = 0; sample < count; sample++, logit += 4) {
    let sum = f32x4.splat(0);
    let w = weights;
    for (const end = x + last; x < end; x += 16, w += 16) sum = multiplyAdd(v128.load(x), v128.load(w), sum);
    store<f32>(logit, load<f32>(logit) + sumOfLanes(sum));
  }
}

/** From the slopes of the block's losses to the gradients of the dense parameters and the rows' sums of slopes. */
export function towerBackward(plan: usize, thread: usize, from: usize, count: usize): void {
  const maps: usize = load<u32>(plan, MAP_COUNT);
  const dense: usize = load<u32>(thread, T_ADDRESS_DENSE);
  const gradient: usize = load<u32>(thread, T_ADDRESS_DENSE_GRADIENT);
  outputBackward(plan, thread, count);
  for (let map = maps - 1; map > 0; map--) {
    const inputs = mapWidth(plan, map - 1);
    const outputs = mapWidth(plan, map);
    const delta: usize = load<u32>(thread + (map << 2), T_ADDRESS_DELTAS);
    const input: usize = load<u32>(thread + ((map - 1) << 2), T_ADDRESS_ACTIVATIONS);
    const weights = DENSE_MAP_WEIGHTS + (map << 2);
    addTransposedProduct(delta, outputs << 2, input, inputs << 2, denseAt(gradient, plan, weights), inputs << 2, outputs, inputs, count);
    addRows(delta, outputs << 2, count, denseAt(gradient, plan, DENSE_MAP_BIASES + (map << 2)));
    multiplyGated(
      delta, outputs << 2,
      denseAt(dense, plan, weights), inputs << 2,
      load<u32>(thread + ((map - 1) << 2), T_ADDRESS_DELTAS), inputs << 2,
      count, inputs, outputs, input,
    );
  }
  addToSums(plan, thread, from, count);
}

/** The output layer: slopes of the last activations, and the gradient of its weights. */
function outputBackward(plan: usize, thread: usize, count: usize): void {
  const maps: usize = load<u32>(plan, MAP_COUNT);
  const width = mapWidth(plan, maps - 1) << 2;
  const weights = denseAt(load<u32>(thread, T_ADDRESS_DENSE), plan, DENSE_OUTPUT_MLP);
  const gradient = denseAt(load<u32>(thread, T_ADDRESS_DENSE_GRADIENT), plan, DENSE_OUTPUT_MLP);
  const linear = load<u32>(plan, LINEAR_TOWER) != 0;
  const slopes: usize = load<u32>(thread, T_ADDRESS_BLOCK_SLOPES);
  const activations: usize = load<u32>(thread + ((maps - 1) << 2), T_ADDRESS_ACTIVATIONS);
  const deltas: usize = load<u32>(thread + ((maps - 1) << 2), T_ADDRESS_DELTAS);
  for (let column: usize = 0; column < width; column += 16) {
    const w = v128.load(weights + column);
    let sum = f32x4.splat(0);
    let x = activations + column;
    let delta = deltas + column;
    for (let sample: usize = 0; sample < count; sample++, x += width, delta += width) {
      const slope = v128.load32_splat(slopes + (sample << 2));
      const activation = v128.load(x);
      const product = f32x4.mul(slope, w);
      sum = multiplyAdd(slope, activation, sum);
      v128.store(delta, linear ? product : v128.and(product, f32x4.gt(activation, f32x4.splat(0))));
    }
    // The one weight of a linear tower stands for no parameter.
    if (!linear) v128.store(gradient + column, f32x4.add(v128.load(gradient + column), sum));
  }
}

/** out[n] += sum over rows of a[row, n] */
function addRows(a: usize, bytes: usize, rows: usize, out: usize): void {
  for (let column: usize = 0; column < bytes; column += 16) {
    let sum = v128.load(out + column);
    let from = a + column;
    for (let row: usize = 0; row < rows; row++, from += bytes) sum = f32x4.add(sum, v128.load(from));
    v128.store(out + column, sum);
  }
}

/** Adds the first map's slopes of each sample to the sums of its user and of its item. */
function addToSums(plan: usize, thread: usize, from: usize, count: usize): void {
  const units = mapWidth(plan, 0) << 2;
  const users: usize = load<u32>(thread, T_ADDRESS_SAMPLE_USERS) + (from << 2);
  const items: usize = load<u32>(thread, T_ADDRESS_SAMPLE_ITEMS) + (from << 2);
  const userSums: usize = load<u32>(thread + T_SIDES, S_ADDRESS_SUMS);
  const itemSums: usize = load<u32>(thread + T_SIDES + SIDE_BYTES, S_ADDRESS_SUMS);
  let delta: usize = load<u32>(thread, T_ADDRESS_DELTAS);
  for (let sample: usize = 0; sample < count; sample++) {
    let user = userSums + <usize>load<u32>(users + (sample << 2)) * units;
    let item = itemSums + <usize>load<u32>(items + (sample << 2)) * units;
    for (const end = delta + units; delta < end; delta += 16, user += 16, item += 16) {
      const d = v128.load(delta);
      v128.store(user, f32x4.add(v128.load(user), d));
      v128.store(item, f32x4.add(v128.load(item), d));
    }
  }
}

/** From the sums of slopes to the gradients of the embeddings, the first map's weights and its bias. */
export function firstMapBackward(plan: usize, thread: usize): void {
  sideBackward(plan, thread, thread + T_SIDES, DENSE_FIRST_USER);
  sideBackward(plan, thread, thread + T_SIDES + SIDE_BYTES, DENSE_FIRST_ITEM);
  if (load<u32>(plan, LINEAR_TOWER) != 0) return;
  const users = thread + T_SIDES;
  const bias = denseAt(load<u32>(thread, T_ADDRESS_DENSE_GRADIENT), plan, DENSE_MAP_BIASES);
  addRows(load<u32>(users, S_ADDRESS_SUMS), mapWidth(plan, 0) << 2, load<u32>(users, S_COUNT), bias);
}

function sideBackward(plan: usize, thread: usize, side: usize, field: usize): void {
  const units = mapWidth(plan, 0);
  const width: usize = load<u32>(plan, MLP_WIDTH);
  const rowBytes: usize = load<u32>(plan, ROW_WIDTH) << 2;
  const count: usize = load<u32>(side, S_COUNT);
  const sums: usize = load<u32>(side, S_ADDRESS_SUMS);
  const gradients: usize = load<u32>(side, S_ADDRESS_GRADIENTS) + (load<u32>(plan, GMF_WIDTH) << 2);
  const weights = denseAt(load<u32>(thread, T_ADDRESS_DENSE), plan, field);
  multiply(sums, units << 2, weights, width << 2, gradients, rowBytes, count, width, units, 0);
  const gradient = denseAt(load<u32>(thread, T_ADDRESS_DENSE_GRADIENT), plan, field);
  addTransposedProduct(sums, units << 2, embeddingsOf(plan, side), rowBytes, gradient, width << 2, units, width, count);
}
