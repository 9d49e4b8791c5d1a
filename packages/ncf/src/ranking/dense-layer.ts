/**
 * A ReLU layer, max(0, weight x + bias), of two inputs at once: `x` is `[2, in]`, `out` `[2, out]`, `weight`
 * `[out, in]`. Each sum begins with the bias and goes by column. Four units and two inputs share the loads of a step;
 * their eight sums are independent, which is what keeps the processor busy.
 */
export function denseOfPair(
  weight: Float64Array,
  bias: Float64Array,
  x: Float64Array,
  out: Float64Array,
): void {
  const units = bias.length;
  const width = weight.length / units;
  const blocks = units & ~3;
  for (let unit = 0; unit < blocks; unit += 4) {
    let a0 = bias[unit]!;
    let b0 = bias[unit + 1]!;
    let c0 = bias[unit + 2]!;
    let d0 = bias[unit + 3]!;
    let a1 = a0;
    let b1 = b0;
    let c1 = c0;
    let d1 = d0;
    const row = unit * width;
    for (let k = 0; k < width; k++) {
      const x0 = x[k]!;
      const x1 = x[width + k]!;
      const wa = weight[row + k]!;
      const wb = weight[row + width + k]!;
      const wc = weight[row + 2 * width + k]!;
      const wd = weight[row + 3 * width + k]!;
      a0 += wa * x0;
      a1 += wa * x1;
      b0 += wb * x0;
      b1 += wb * x1;
      c0 += wc * x0;
      c1 += wc * x1;
      d0 += wd * x0;
      d1 += wd * x1;
    }
    out[unit] = Math.max(a0, 0);
    out[unit + 1] = Math.max(b0, 0);
    out[unit + 2] = Math.max(c0, 0);
    out[unit + 3] = Math.max(d0, 0);
    out[units + unit] = Math.max(a1, 0);
    out[units + unit + 1] = Math.max(b1, 0);
    out[units + unit + 2] = Math.max(c1, 0);
    out[units + unit + 3] = Math.max(d1, 0);
  }
  for (let unit = blocks; unit < units; unit++) {
    let a0 = bias[unit]!;
    let a1 = a0;
    for (let k = 0; k < width; k++) {
      a0 += weight[unit * width + k]! * x[k]!;
      a1 += weight[unit * width + k]! * x[width + k]!;
    }
    out[unit] = Math.max(a0, 0);
    out[units + unit] = Math.max(a1, 0);
  }
}

/**
 * A ReLU layer of a single input, the same bits as `denseOfPair`: `x` is `[in]`, `out` `[out]`. Four units at a time;
 * each sum begins with its bias and goes by column.
 */
export function denseOfOne(
  weight: Float64Array,
  bias: Float64Array,
  x: Float64Array,
  out: Float64Array,
): void {
  const units = bias.length;
  const width = weight.length / units;
  out.set(bias);
  addProducts(weight, width, 0, width, x, out, units);
  for (let unit = 0; unit < units; unit++) out[unit] = Math.max(out[unit]!, 0);
}

/**
 * sums[j] += weight[j, from + k] x[k], by column k, for `units` rows of `stride` numbers. Four sums at a time, since
 * each addition waits for the one before it.
 */
export function addProducts(
  weight: Float64Array,
  stride: number,
  from: number,
  width: number,
  x: Float64Array,
  sums: Float64Array,
  units: number,
): void {
  const blocks = units & ~3;
  let row = from;
  for (let unit = 0; unit < blocks; unit += 4, row += 4 * stride) {
    let a = sums[unit]!;
    let b = sums[unit + 1]!;
    let c = sums[unit + 2]!;
    let d = sums[unit + 3]!;
    for (let k = 0; k < width; k++) {
      const number = x[k]!;
      a += weight[row + k]! * number;
      b += weight[row + stride + k]! * number;
      c += weight[row + 2 * stride + k]! * number;
      d += weight[row + 3 * stride + k]! * number;
    }
    sums[unit] = a;
    sums[unit + 1] = b;
    sums[unit + 2] = c;
    sums[unit + 3] = d;
  }
  for (let unit = blocks; unit < units; unit++, row += stride) {
    let sum = sums[unit]!;
    for (let k = 0; k < width; k++) sum += weight[row + k]! * x[k]!;
    sums[unit] = sum;
  }
}

/** A copy in float64, so that the loops above convert nothing. */
export function toFloat64(values: Float32Array): Float64Array {
  return Float64Array.from(values);
}
