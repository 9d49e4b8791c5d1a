import {
  ADDRESS_GRAM, ADDRESS_OFFSETS, ADDRESS_PARTNERS, ADDRESS_SOURCE, ADDRESS_TARGET, ADDRESS_THREADS, ADDRESS_WEIGHTS,
  ALS_BLOCK_ROWS, ALS_THREAD_HEADER, CG_STEPS, GRAM_PARTS, NEXT_ROW, REGULARISATION, SOURCE_ROWS, TARGET_ROWS, THREAD_STRIDE, THREADS,
  UNOBSERVED_WEIGHT, WIDTH,
} from '../src/als-plan';
import { meet } from './barrier';
import { dot } from './dot';
import { addTransposedProduct, multiply } from './gemm';
import { multiplyAdd } from './simd';

/**
 * Half an iteration of implicit alternating least squares (Hu, Koren and Volinsky 2008; the form and the scaling of
 * the penalty of Rendle et al. 2022): every row of the target side is set to the minimum of
 *
 *     sum over its pairs of weight (1 - x.y)^2 + w0 sum over all of the source side of (x.y)^2
 *       + lambda (pairs of the row + w0 rows of the source) |x|^2
 *
 * by conjugate gradients from where it stands (Takacs et al. 2011), so that a step costs its pairs times the width and
 * no matrix is factorised. Every thread calls it. A row's result does not depend on the number of threads.
 * @returns 1, or 0 when a thread has given up.
 */
export function solveSide(plan: usize, index: u32): i32 {
  const thread: usize = <usize>load<u32>(plan, ADDRESS_THREADS) + <usize>index * load<u32>(plan, THREAD_STRIDE);
  const threads = load<u32>(plan, THREADS);
  for (let part = index; part < <u32>GRAM_PARTS; part += threads) gramPart(plan, part);
  if (!meet(plan, thread)) return 0;
  if (index == 0) sumOfParts(plan);
  if (!meet(plan, thread)) return 0;
  const rows = load<u32>(plan, TARGET_ROWS);
  for (;;) {
    const first = atomic.add<u32>(plan, <u32>ALS_BLOCK_ROWS, NEXT_ROW);
    if (first >= rows) break;
    solveRows(plan, thread, first, min(rows, first + <u32>ALS_BLOCK_ROWS));
  }
  return meet(plan, thread) ? 1 : 0;
}

function gramPart(plan: usize, part: u32): void {
  const width: usize = load<u32>(plan, WIDTH);
  const rows = load<u32>(plan, SOURCE_ROWS);
  const from = <u32>(<u64>rows * part / GRAM_PARTS);
  const to = <u32>(<u64>rows * (part + 1) / GRAM_PARTS);
  const gram = <usize>load<u32>(plan, ADDRESS_GRAM) + <usize>part * width * width * 4;
  const source = <usize>load<u32>(plan, ADDRESS_SOURCE) + <usize>from * width * 4;
  memory.fill(gram, 0, width * width * 4);
  addTransposedProduct(source, width << 2, source, width << 2, gram, width << 2, width, width, to - from);
}

function sumOfParts(plan: usize): void {
  const width: usize = load<u32>(plan, WIDTH);
  const bytes = width * width * 4;
  const gram: usize = load<u32>(plan, ADDRESS_GRAM);
  const weight = f32x4.splat(load<f32>(plan, UNOBSERVED_WEIGHT));
  for (let at: usize = 0; at < bytes; at += 16) {
    let sum = v128.load(gram + at);
    for (let part: usize = 1; part < <usize>GRAM_PARTS; part++) sum = f32x4.add(sum, v128.load(gram + part * bytes + at));
    v128.store(gram + at, f32x4.mul(sum, weight));
  }
}

/** Conjugate gradients on rows `first` to `end` in step, so that one product serves them all with the Gram matrix. */
function solveRows(plan: usize, thread: usize, first: u32, end: u32): void {
  const bytes: usize = load<u32>(plan, WIDTH) << 2;
  const count: usize = end - first;
  const scalars = thread + ALS_THREAD_HEADER;
  const residual = scalars + <usize>ALS_BLOCK_ROWS * 4;
  const direction = residual + <usize>ALS_BLOCK_ROWS * bytes;
  const product = direction + <usize>ALS_BLOCK_ROWS * bytes;
  const x = <usize>load<u32>(plan, ADDRESS_TARGET) + <usize>first * bytes;

  // residual = right-hand side - A x
  memory.copy(direction, x, count * bytes);
  applyMatrix(plan, direction, product, first, count);
  for (let row: usize = 0; row < count; row++) {
    const r = residual + row * bytes;
    memory.fill(r, 0, bytes);
    addPartners(plan, r, first + <u32>row, bytes);
    axpy(-1, product + row * bytes, r, bytes);
    store<f32>(scalars + (row << 2), dot(r, r, bytes));
  }
  memory.copy(direction, residual, count * bytes);
  const steps = load<u32>(plan, CG_STEPS);
  for (let step: u32 = 0; step < steps; step++) {
    applyMatrix(plan, direction, product, first, count);
    for (let row: usize = 0; row < count; row++) {
      const squared = load<f32>(scalars + (row << 2));
      const d = direction + row * bytes;
      const r = residual + row * bytes;
      const along = dot(d, product + row * bytes, bytes);
      // A row that is solved already has no direction left.
      if (!(along > 0) || !(squared > 0)) continue;
      const length = squared / along;
      axpy(length, d, x + row * bytes, bytes);
      axpy(-length, product + row * bytes, r, bytes);
      const next = dot(r, r, bytes);
      scaleAndAdd(next / squared, d, r, bytes);
      store<f32>(scalars + (row << 2), next);
    }
  }
}

/** out = (w0 Gram + sum over the row's pairs of weight y y^T + ridge) v, for each of the rows. */
function applyMatrix(plan: usize, v: usize, out: usize, first: u32, count: usize): void {
  const width: usize = load<u32>(plan, WIDTH);
  const bytes = width << 2;
  multiply(v, bytes, load<u32>(plan, ADDRESS_GRAM), bytes, out, bytes, count, width, width, 0);
  const offsets = <usize>load<u32>(plan, ADDRESS_OFFSETS) + (<usize>first << 2);
  const partners: usize = load<u32>(plan, ADDRESS_PARTNERS);
  const weights: usize = load<u32>(plan, ADDRESS_WEIGHTS);
  const source: usize = load<u32>(plan, ADDRESS_SOURCE);
  const unobserved = load<f32>(plan, UNOBSERVED_WEIGHT) * <f32>load<u32>(plan, SOURCE_ROWS);
  const regularisation = load<f32>(plan, REGULARISATION);
  for (let row: usize = 0; row < count; row++, v += bytes, out += bytes) {
    const begin: usize = load<u32>(offsets + (row << 2));
    const end: usize = load<u32>(offsets + (row << 2), 4);
    axpy(regularisation * (<f32>(end - begin) + unobserved), v, out, bytes);
    for (let pair = begin; pair < end; pair++) {
      const y = source + <usize>load<u32>(partners + (pair << 2)) * bytes;
      axpy(load<f32>(weights + (pair << 2)) * dot(y, v, bytes), y, out, bytes);
    }
  }
}

/** out += sum over the row's pairs of weight y */
function addPartners(plan: usize, out: usize, row: u32, bytes: usize): void {
  const offsets = <usize>load<u32>(plan, ADDRESS_OFFSETS) + (<usize>row << 2);
  const end: usize = load<u32>(offsets, 4);
  const partners: usize = load<u32>(plan, ADDRESS_PARTNERS);
  const weights: usize = load<u32>(plan, ADDRESS_WEIGHTS);
  const source: usize = load<u32>(plan, ADDRESS_SOURCE);
  for (let pair: usize = load<u32>(offsets); pair < end; pair++) {
    axpy(load<f32>(weights + (pair << 2)), source + <usize>load<u32>(partners + (pair << 2)) * bytes, out, bytes);
  }
}

/** y += a x */
// @ts-expect-error: decorator
@inline
function axpy(a: f32, x: usize, y: usize, bytes: usize): void {
  const factor = f32x4.splat(a);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, multiplyAdd(factor, v128.load(x + at), v128.load(y + at)));
  }
}

/** y = a y + x */
function scaleAndAdd(a: f32, y: usize, x: usize, bytes: usize): void {
  const factor = f32x4.splat(a);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, multiplyAdd(factor, v128.load(y + at), v128.load(x + at)));
  }
}
