import { multiplyAdd } from './simd';

// Small matrix products, the work of every layer. Matrices are row by row with a leading dimension in bytes; widths
// are padded to multiples of 4 and the numbers of rows to multiples of 4 (rows past the end are computed and ignored).
// A tile of 4 rows x 8 columns keeps its 8 sums in registers: 2 loads of B and 4 broadcasts of A feed 8 multiply-adds.

// What happens to a finished sum before it is stored.
const PLAIN = 0;
/** max(0, sum); as `pmax`, which is one instruction where `max` is eight. */
const RELU = 1;
/** The sum where the number at the same place of `gate` is positive, 0 elsewhere: ReLU's derivative. */
const GATED = 2;

// @ts-expect-error: decorator
@inline
function finish(sum: v128, gate: usize, how: i32): v128 {
  if (how == RELU) return f32x4.pmax(sum, f32x4.splat(0));
  if (how == GATED) return v128.and(sum, f32x4.gt(v128.load(gate), f32x4.splat(0)));
  return sum;
}

/**
 * C[m, n] = bias[n] + sum over k of A[m, k] B[k, n]; `bias` 0 = none.
 * A `[rows, depth]`, B `[depth, columns]`, C `[rows, columns]`.
 */
export function multiply(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, columns: usize, depth: usize, bias: usize,
): void {
  product(a, lda, b, ldb, c, ldc, rows, columns, depth, bias, PLAIN, 0);
}

/** ReLU of `multiply`'s result. */
export function multiplyRelu(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, columns: usize, depth: usize, bias: usize,
): void {
  product(a, lda, b, ldb, c, ldc, rows, columns, depth, bias, RELU, 0);
}

/** `multiply` without a bias, 0 where `gate`, which has the layout of C, is not positive. */
export function multiplyGated(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, columns: usize, depth: usize, gate: usize,
): void {
  product(a, lda, b, ldb, c, ldc, rows, columns, depth, 0, GATED, gate);
}

// @ts-expect-error: decorator
@inline
function product(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, columns: usize, depth: usize, bias: usize, how: i32, gate: usize,
): void {
  const whole = columns & ~7;
  for (let m: usize = 0; m < rows; m += 4) {
    const tileRows = a + m * lda;
    for (let n: usize = 0; n < whole; n += 8) {
      let c00 = f32x4.splat(0), c01 = c00;
      if (bias != 0) {
        c00 = v128.load(bias + n * 4);
        c01 = v128.load(bias + n * 4, 16);
      }
      let c10 = c00, c11 = c01;
      let c20 = c00, c21 = c01;
      let c30 = c00, c31 = c01;
      let from = b + n * 4;
      let a0 = tileRows;
      let a1 = a0 + lda;
      let a2 = a1 + lda;
      let a3 = a2 + lda;
      // One step at a time: an engine may load all that several steps need before it adds anything, and then has not
      // the registers to keep it.
      for (const end = a0 + depth * 4; a0 < end; a0 += 4, a1 += 4, a2 += 4, a3 += 4, from += ldb) {
        const b0 = v128.load(from);
        const b1 = v128.load(from, 16);
        let x = v128.load32_splat(a0);
        c00 = multiplyAdd(x, b0, c00); c01 = multiplyAdd(x, b1, c01);
        x = v128.load32_splat(a1);
        c10 = multiplyAdd(x, b0, c10); c11 = multiplyAdd(x, b1, c11);
        x = v128.load32_splat(a2);
        c20 = multiplyAdd(x, b0, c20); c21 = multiplyAdd(x, b1, c21);
        x = v128.load32_splat(a3);
        c30 = multiplyAdd(x, b0, c30); c31 = multiplyAdd(x, b1, c31);
      }
      let at = m * ldc + n * 4;
      v128.store(c + at, finish(c00, gate + at, how));
      v128.store(c + at, finish(c01, gate + at + 16, how), 16);
      at += ldc;
      v128.store(c + at, finish(c10, gate + at, how));
      v128.store(c + at, finish(c11, gate + at + 16, how), 16);
      at += ldc;
      v128.store(c + at, finish(c20, gate + at, how));
      v128.store(c + at, finish(c21, gate + at + 16, how), 16);
      at += ldc;
      v128.store(c + at, finish(c30, gate + at, how));
      v128.store(c + at, finish(c31, gate + at + 16, how), 16);
    }
  }
  if (whole < columns) {
    const at = whole * 4;
    lastProduct(a, lda, b + at, ldb, c + at, ldc, rows, depth, bias == 0 ? 0 : bias + at, how, gate + at);
  }
}

/** The last 4 columns of `product`, where the number of columns is not a multiple of 8. */
function lastProduct(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, depth: usize, bias: usize, how: i32, gate: usize,
): void {
  const bias0 = bias == 0 ? f32x4.splat(0) : v128.load(bias);
  for (let m: usize = 0; m < rows; m += 4) {
    let a0 = a + m * lda;
    let a1 = a0 + lda;
    let a2 = a1 + lda;
    let a3 = a2 + lda;
    let from = b;
    let c0 = bias0, c1 = bias0, c2 = bias0, c3 = bias0;
    for (const end = a0 + depth * 4; a0 < end; a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
      const b0 = v128.load(from);
      from += ldb;
      c0 = multiplyAdd(v128.load32_splat(a0), b0, c0);
      c1 = multiplyAdd(v128.load32_splat(a1), b0, c1);
      c2 = multiplyAdd(v128.load32_splat(a2), b0, c2);
      c3 = multiplyAdd(v128.load32_splat(a3), b0, c3);
    }
    let at = m * ldc;
    v128.store(c + at, finish(c0, gate + at, how));
    at += ldc;
    v128.store(c + at, finish(c1, gate + at, how));
    at += ldc;
    v128.store(c + at, finish(c2, gate + at, how));
    at += ldc;
    v128.store(c + at, finish(c3, gate + at, how));
  }
}

/** Rows of A and B that `addTransposedProduct` takes at a time: they stay in the first-level cache for all its tiles. */
const DEPTH_BLOCK: usize = 64;

/**
 * C[m, n] += sum over k of A[k, m] B[k, n]: the gradient of a layer's weights from its samples.
 * A `[depth, rows]`, B `[depth, columns]`, C `[rows, columns]`; `depth` is exact, not padded.
 */
export function addTransposedProduct(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, columns: usize, depth: usize,
): void {
  for (let k: usize = 0; k < depth; k += DEPTH_BLOCK) {
    const steps = min(DEPTH_BLOCK, depth - k);
    addTransposedBlock(a + k * lda, lda, b + k * ldb, ldb, c, ldc, rows, columns, steps);
  }
}

function addTransposedBlock(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize,
  rows: usize, columns: usize, depth: usize,
): void {
  for (let m: usize = 0; m < rows; m += 4) {
    let n: usize = 0;
    for (; n + 8 <= columns; n += 8) {
      let from = b + n * 4;
      const at = c + m * ldc + n * 4;
      let c00 = v128.load(at), c01 = v128.load(at, 16);
      let c10 = v128.load(at + ldc), c11 = v128.load(at + ldc, 16);
      let c20 = v128.load(at + 2 * ldc), c21 = v128.load(at + 2 * ldc, 16);
      let c30 = v128.load(at + 3 * ldc), c31 = v128.load(at + 3 * ldc, 16);
      let rowOfA = a + m * 4;
      for (const end = rowOfA + depth * lda; rowOfA < end; rowOfA += lda, from += ldb) {
        const b0 = v128.load(from);
        const b1 = v128.load(from, 16);
        let x = v128.load32_splat(rowOfA);
        c00 = multiplyAdd(x, b0, c00); c01 = multiplyAdd(x, b1, c01);
        x = v128.load32_splat(rowOfA, 4);
        c10 = multiplyAdd(x, b0, c10); c11 = multiplyAdd(x, b1, c11);
        x = v128.load32_splat(rowOfA, 8);
        c20 = multiplyAdd(x, b0, c20); c21 = multiplyAdd(x, b1, c21);
        x = v128.load32_splat(rowOfA, 12);
        c30 = multiplyAdd(x, b0, c30); c31 = multiplyAdd(x, b1, c31);
      }
      v128.store(at, c00); v128.store(at, c01, 16);
      v128.store(at + ldc, c10); v128.store(at + ldc, c11, 16);
      v128.store(at + 2 * ldc, c20); v128.store(at + 2 * ldc, c21, 16);
      v128.store(at + 3 * ldc, c30); v128.store(at + 3 * ldc, c31, 16);
    }
    if (n < columns) {
      let from = b + n * 4;
      const at = c + m * ldc + n * 4;
      let c0 = v128.load(at), c1 = v128.load(at + ldc), c2 = v128.load(at + 2 * ldc), c3 = v128.load(at + 3 * ldc);
      let rowOfA = a + m * 4;
      for (const end = rowOfA + depth * lda; rowOfA < end; rowOfA += lda, from += ldb) {
        const b0 = v128.load(from);
        c0 = multiplyAdd(v128.load32_splat(rowOfA), b0, c0);
        c1 = multiplyAdd(v128.load32_splat(rowOfA, 4), b0, c1);
        c2 = multiplyAdd(v128.load32_splat(rowOfA, 8), b0, c2);
        c3 = multiplyAdd(v128.load32_splat(rowOfA, 12), b0, c3);
      }
      v128.store(at, c0);
      v128.store(at + ldc, c1);
      v128.store(at + 2 * ldc, c2);
      v128.store(at + 3 * ldc, c3);
    }
  }
}

/** T[k, m] = A[m, k], A `[rows, columns]`, both dense with rows and columns multiples of 4. */
export function transpose(a: usize, t: usize, rows: usize, columns: usize): void {
  for (let m: usize = 0; m < rows; m += 4) {
    for (let k: usize = 0; k < columns; k += 4) {
      const from = a + (m * columns + k) * 4;
      const r0 = v128.load(from);
      const r1 = v128.load(from + columns * 4);
      const r2 = v128.load(from + columns * 8);
      const r3 = v128.load(from + columns * 12);
      const lo01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const hi01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const lo23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const hi23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const to = t + (k * rows + m) * 4;
      v128.store(to, v128.shuffle<f32>(lo01, lo23, 0, 1, 4, 5));
      v128.store(to + rows * 4, v128.shuffle<f32>(lo01, lo23, 2, 3, 6, 7));
      v128.store(to + rows * 8, v128.shuffle<f32>(hi01, hi23, 0, 1, 4, 5));
      v128.store(to + rows * 12, v128.shuffle<f32>(hi01, hi23, 2, 3, 6, 7));
    }
  }
}
