import {
  ADDRESS_OUTPUT, FACTORS, MAP_BIASES, MAP_COUNT, MAP_WEIGHTS, MAP_WIDTHS, Q_ADDRESS_HALF, Q_ADDRESS_WEIGHTED, Q_BIAS,
  S_ADDRESS_BACK, S_ADDRESS_FRONT, S_ADDRESS_LOGITS, UNITS,
} from '../src/score-plan';
import { multiplyAdd } from './simd';

// The logits of the 16 items of a block. A row is one number of 16 items, 64 bytes: lanes are items, so that every sum
// stays in its lane, weights are broadcast, and no width of the network has to fit a vector.

/** Writes the block's logits, `[16]`, into the slot. */
export function scoreBlock(model: usize, slot: usize, query: usize, block: usize): void {
  const factors: usize = load<u32>(model, FACTORS);
  const units: usize = load<u32>(model, UNITS);
  let tower: usize = 0;
  if (units > 0) {
    tower = load<u32>(slot, S_ADDRESS_FRONT);
    firstLayer(load<u32>(query, Q_ADDRESS_HALF), block, tower, units);
    tower = hiddenLayers(model, slot, units, tower);
  }
  const maps: usize = load<u32>(model, MAP_COUNT);
  const last: usize = maps == 0 ? units : load<u32>(model + ((maps - 1) << 2), MAP_WIDTHS);
  let s0 = v128.load32_splat(query, Q_BIAS);
  let s1 = s0, s2 = s0, s3 = s0;
  let weight: usize = load<u32>(query, Q_ADDRESS_WEIGHTED);
  block += units << 6;
  for (const end = weight + (factors << 2); weight < end; weight += 4, block += 64) {
    const w = v128.load32_splat(weight);
    s0 = multiplyAdd(w, v128.load(block), s0);
    s1 = multiplyAdd(w, v128.load(block, 16), s1);
    s2 = multiplyAdd(w, v128.load(block, 32), s2);
    s3 = multiplyAdd(w, v128.load(block, 48), s3);
  }
  weight = load<u32>(model, ADDRESS_OUTPUT);
  for (const end = weight + (last << 2); weight < end; weight += 4, tower += 64) {
    const w = v128.load32_splat(weight);
    s0 = multiplyAdd(w, v128.load(tower), s0);
    s1 = multiplyAdd(w, v128.load(tower, 16), s1);
    s2 = multiplyAdd(w, v128.load(tower, 32), s2);
    s3 = multiplyAdd(w, v128.load(tower, 48), s3);
  }
  const logits: usize = load<u32>(slot, S_ADDRESS_LOGITS);
  v128.store(logits, s0);
  v128.store(logits, s1, 16);
  v128.store(logits, s2, 32);
  v128.store(logits, s3, 48);
}

/** max(0, a) in one instruction: unlike f32x4.max it need not order the zeros nor keep a NaN. */
// @ts-expect-error: decorator
@inline
function relu(a: v128): v128 {
  return f32x4.pmax(f32x4.splat(0), a);
}

/** max(0, user's half + items' half), `[units, 16]`. */
// @ts-expect-error: decorator
@inline
function firstLayer(user: usize, half: usize, to: usize, units: usize): void {
  for (const end = user + (units << 2); user < end; user += 4, half += 64, to += 64) {
    const u = v128.load32_splat(user);
    v128.store(to, relu(f32x4.add(u, v128.load(half))));
    v128.store(to, relu(f32x4.add(u, v128.load(half, 16))), 16);
    v128.store(to, relu(f32x4.add(u, v128.load(half, 32))), 32);
    v128.store(to, relu(f32x4.add(u, v128.load(half, 48))), 48);
  }
}

/** Takes the first layer's activations through the others. @returns where the last one's are. */
function hiddenLayers(model: usize, slot: usize, units: usize, front: usize): usize {
  let back: usize = load<u32>(slot, S_ADDRESS_BACK);
  let depth = units;
  const maps: usize = load<u32>(model, MAP_COUNT);
  for (let map: usize = 0; map < maps; map++) {
    const at = model + (map << 2);
    const width: usize = load<u32>(at, MAP_WIDTHS);
    denseLayer(front, load<u32>(at, MAP_WEIGHTS), load<u32>(at, MAP_BIASES), back, depth, width);
    depth = width;
    const swap = front;
    front = back;
    back = swap;
  }
  return front;
}

/** out[j] = max(0, bias[j] + sum over k of weight[j, k] x[k]) for rows x `[depth, 16]` and out `[width, 16]`. */
// @ts-expect-error: decorator
@inline
function denseLayer(x: usize, weights: usize, bias: usize, out: usize, depth: usize, width: usize): void {
  const tile = depth << 4;
  for (const end = bias + (width << 2); bias < end; bias += 16, weights += tile, out += 256) {
    const b0 = v128.load32_splat(bias);
    const b1 = v128.load32_splat(bias, 4);
    const b2 = v128.load32_splat(bias, 8);
    const b3 = v128.load32_splat(bias, 12);
    // Eight items and four units: eight sums in registers.
    for (let items: usize = 0; items < 64; items += 32) {
      let a0 = b0, a1 = b1, a2 = b2, a3 = b3;
      let c0 = b0, c1 = b1, c2 = b2, c3 = b3;
      let from = x + items;
      let weight = weights;
      for (const stop = weight + tile; weight < stop; weight += 16, from += 64) {
        const p = v128.load(from);
        const q = v128.load(from, 16);
        let w = v128.load32_splat(weight);
        a0 = multiplyAdd(w, p, a0); c0 = multiplyAdd(w, q, c0);
        w = v128.load32_splat(weight, 4);
        a1 = multiplyAdd(w, p, a1); c1 = multiplyAdd(w, q, c1);
        w = v128.load32_splat(weight, 8);
        a2 = multiplyAdd(w, p, a2); c2 = multiplyAdd(w, q, c2);
        w = v128.load32_splat(weight, 12);
        a3 = multiplyAdd(w, p, a3); c3 = multiplyAdd(w, q, c3);
      }
      const to = out + items;
      v128.store(to, relu(a0)); v128.store(to, relu(c0), 16);
      v128.store(to, relu(a1), 64); v128.store(to, relu(c1), 80);
      v128.store(to, relu(a2), 128); v128.store(to, relu(c2), 144);
      v128.store(to, relu(a3), 192); v128.store(to, relu(c3), 208);
    }
  }
}
