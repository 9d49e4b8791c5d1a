import { BLOCK_ITEMS } from './score-plan.ts';

/** From `[units, inputs]` to `[units / 4, inputs, 4]`, both padded. */
export function tileWeights(weight: Float32Array, units: number, tiles: Float32Array, depth: number): void {
  const inputs = weight.length / units;
  tiles.fill(0);
  for (let unit = 0; unit < units; unit++) {
    const tile = (unit >> 2) * depth * 4 + (unit & 3);
    for (let k = 0; k < inputs; k++) tiles[tile + k * 4] = weight[unit * inputs + k]!;
  }
}

/** From `[units, inputs]` to `[units / 4, inputs / 2, 4, 2]`, both padded. */
export function tilePairs(weight: Int16Array, units: number, tiles: Int16Array, depth: number): void {
  const inputs = weight.length / units;
  tiles.fill(0);
  for (let unit = 0; unit < units; unit++) {
    const tile = (unit >> 2) * depth * 4 + 2 * (unit & 3);
    for (let k = 0; k < inputs; k++) tiles[tile + (k >> 1) * 8 + (k & 1)] = weight[unit * inputs + k]!;
  }
}

/** Scales and rounds rows `[numbers, 16]` to `[numbers / 2, 16, 2]`; what is too large or small becomes the limit. */
export function coarseRows(from: Float32Array, scales: Float64Array, to: Int16Array): void {
  for (let k = 0; k < scales.length; k++) {
    const scale = scales[k]!;
    const pair = (k >> 1) * 2 * BLOCK_ITEMS + (k & 1);
    for (let lane = 0; lane < BLOCK_ITEMS; lane++) {
      const scaled = Math.round(from[k * BLOCK_ITEMS + lane]! * scale);
      to[pair + 2 * lane] = Math.min(Math.max(scaled, -32_768), 32_767);
    }
  }
}

/** The largest float32 number that is smaller than x. */
export function below(x: number): number {
  const rounded = Math.fround(x);
  if (rounded < x || rounded === Number.NEGATIVE_INFINITY) return rounded;
  if (rounded === 0) return -(2 ** -149);
  const bits = new Int32Array(1);
  const value = new Float32Array(bits.buffer);
  value[0] = rounded;
  bits[0]! += rounded > 0 ? -1 : 1;
  return value[0];
}
