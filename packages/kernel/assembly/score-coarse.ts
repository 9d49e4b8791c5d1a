import {
  ADDRESS_COARSE_OUTPUT, COARSE_BIASES, COARSE_WEIGHTS, FACTOR_PAIRS, MAP_COUNT, MAP_WIDTHS, Q_ADDRESS_COARSE_HALF,
  Q_ADDRESS_COARSE_WEIGHTED, Q_BIAS, Q_FACTOR_STEP, Q_TOWER_STEP, S_ADDRESS_BACK, S_ADDRESS_FRONT, S_ADDRESS_LOGITS, UNITS,
} from '../src/score-plan';

// The coarse logits of the 16 items of a block, in 16-bit integers, of which one instruction multiplies eight and adds
// them up in pairs. A row holds two numbers of 16 items, 64 bytes; lanes are items as in score-block.ts. The scales are
// such that no sum leaves 32 bits, and the upper 16 bits of a sum are the activation (see ncf's coarse-network.ts); so
// there is no rounding here but theirs.

/** Writes the block's coarse logits, `[16]`, into the slot. */
export function scoreBlockCoarsely(model: usize, slot: usize, query: usize, block: usize): void {
  const pairs: usize = load<u32>(model, UNITS) >>> 1;
  const maps: usize = load<u32>(model, MAP_COUNT);
  let tower: usize = load<u32>(slot, S_ADDRESS_FRONT);
  let last = pairs;
  if (pairs > 0) {
    firstLayer(load<u32>(query, Q_ADDRESS_COARSE_HALF), block, tower, pairs);
    let back: usize = load<u32>(slot, S_ADDRESS_BACK);
    for (let map: usize = 0; map < maps; map++) {
      const at = model + (map << 2);
      const width: usize = load<u32>(at, MAP_WIDTHS);
      denseLayer(tower, load<u32>(at, COARSE_WEIGHTS), load<u32>(at, COARSE_BIASES), back, last, width);
      last = width >>> 1;
      const swap = tower;
      tower = back;
      back = swap;
    }
  }
  const logits: usize = load<u32>(slot, S_ADDRESS_LOGITS);
  const bias = v128.load32_splat(query, Q_BIAS);
  v128.store(logits, bias);
  v128.store(logits, bias, 16);
  v128.store(logits, bias, 32);
  v128.store(logits, bias, 48);
  addProducts(
    load<u32>(query, Q_ADDRESS_COARSE_WEIGHTED), block + (pairs << 6), load<u32>(model, FACTOR_PAIRS),
    v128.load32_splat(query, Q_FACTOR_STEP), logits,
  );
  addProducts(load<u32>(model, ADDRESS_COARSE_OUTPUT), tower, last, v128.load32_splat(query, Q_TOWER_STEP), logits);
}

/** logits += step * sum over the pairs of weights . rows */
// @ts-expect-error: decorator
@inline
function addProducts(weight: usize, row: usize, pairs: usize, step: v128, logits: usize): void {
  let s0 = i32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  for (const end = weight + (pairs << 2); weight < end; weight += 4, row += 64) {
    const w = v128.load32_splat(weight);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(w, v128.load(row)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(w, v128.load(row, 16)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(w, v128.load(row, 32)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(w, v128.load(row, 48)));
  }
  v128.store(logits, f32x4.add(v128.load(logits), f32x4.mul(step, f32x4.convert_i32x4_s(s0))));
  v128.store(logits, f32x4.add(v128.load(logits, 16), f32x4.mul(step, f32x4.convert_i32x4_s(s1))), 16);
  v128.store(logits, f32x4.add(v128.load(logits, 32), f32x4.mul(step, f32x4.convert_i32x4_s(s2))), 32);
  v128.store(logits, f32x4.add(v128.load(logits, 48), f32x4.mul(step, f32x4.convert_i32x4_s(s3))), 48);
}

/** max(0, user's half + items' half); a sum that is too small for 16 bits is below 0 all the same. */
// @ts-expect-error: decorator
@inline
function firstLayer(user: usize, half: usize, to: usize, pairs: usize): void {
  const zero = i16x8.splat(0);
  for (const end = user + (pairs << 2); user < end; user += 4, half += 64, to += 64) {
    const u = v128.load32_splat(user);
    v128.store(to, i16x8.max_s(i16x8.add_sat_s(u, v128.load(half)), zero));
    v128.store(to, i16x8.max_s(i16x8.add_sat_s(u, v128.load(half, 16)), zero), 16);
    v128.store(to, i16x8.max_s(i16x8.add_sat_s(u, v128.load(half, 32)), zero), 32);
    v128.store(to, i16x8.max_s(i16x8.add_sat_s(u, v128.load(half, 48)), zero), 48);
  }
}

/** Two units' sums of four items as activations side by side: the upper halves, 0 where a sum is negative. */
// @ts-expect-error: decorator
@inline
function activations(even: v128, odd: v128): v128 {
  const zero = i32x4.splat(0);
  return v128.or(
    i32x4.shr_u(i32x4.max_s(even, zero), 16),
    v128.and(i32x4.max_s(odd, zero), i32x4.splat(0xffff0000)),
  );
}

/** Rows x `[pairs, 16, 2]` to rows out `[width / 2, 16, 2]`. */
// @ts-expect-error: decorator
@inline
function denseLayer(x: usize, weights: usize, bias: usize, out: usize, pairs: usize, width: usize): void {
  const tile = pairs << 4;
  for (const end = bias + (width << 2); bias < end; bias += 16, weights += tile, out += 128) {
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
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(w, p)); c0 = i32x4.add(c0, i32x4.dot_i16x8_s(w, q));
        w = v128.load32_splat(weight, 4);
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(w, p)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(w, q));
        w = v128.load32_splat(weight, 8);
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(w, p)); c2 = i32x4.add(c2, i32x4.dot_i16x8_s(w, q));
        w = v128.load32_splat(weight, 12);
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(w, p)); c3 = i32x4.add(c3, i32x4.dot_i16x8_s(w, q));
      }
      const to = out + items;
      v128.store(to, activations(a0, a1)); v128.store(to, activations(c0, c1), 16);
      v128.store(to, activations(a2, a3), 64); v128.store(to, activations(c2, c3), 80);
    }
  }
}
