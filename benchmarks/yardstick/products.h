// Small matrix products by register tiles, as in packages/kernel/assembly/gemm.ts. Widths are known when compiling, so
// that the compiler unrolls what it wants to. Numbers of rows are rounded up to TILE_ROWS: buffers have room.
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include "lanes.h"

enum finish { PLAIN, RELU, GATED };

INLINE V finished(V sum, enum finish how, const float *gate) {
  if (how == RELU) return larger(sum, splat(0));
  if (how == GATED) return where_positive(load(gate), sum);
  return sum;
}

/** One tile of C = finish(bias + A B): TILE_ROWS rows by `vectors` vectors. */
INLINE void multiply_tile(int vectors, int depth, const float *a, int lda, const float *b, int ldb, float *c, int ldc,
                          const float *bias, enum finish how, const float *gate) {
  V sums[TILE_ROWS][2];
  for (int v = 0; v < vectors; v++) {
    V first = bias ? load(bias + v * LANES) : splat(0);
#pragma GCC unroll 8
    for (int m = 0; m < TILE_ROWS; m++) sums[m][v] = first;
  }
#pragma GCC unroll 4
  for (int k = 0; k < depth; k++) {
    V row[2];
    for (int v = 0; v < vectors; v++) row[v] = load(b + k * ldb + v * LANES);
#pragma GCC unroll 8
    for (int m = 0; m < TILE_ROWS; m++) {
      V x = splat(a[m * lda + k]);
      for (int v = 0; v < vectors; v++) sums[m][v] = multiply_add(x, row[v], sums[m][v]);
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < TILE_ROWS; m++) {
    for (int v = 0; v < vectors; v++) {
      int at = m * ldc + v * LANES;
      store(c + at, finished(sums[m][v], how, gate + (how == GATED ? at : 0)));
    }
  }
}

/** C[m, n] = finish(bias[n] + sum over k of A[m, k] B[k, n]); `bias` may be null; gate has C's layout. */
INLINE void multiply(int rows, int columns, int depth, const float *a, int lda, const float *b, int ldb, float *c,
                     int ldc, const float *bias, enum finish how, const float *gate) {
  int n = 0;
  for (; n + 2 * LANES <= columns; n += 2 * LANES)
    for (int m = 0; m < rows; m += TILE_ROWS)
      multiply_tile(2, depth, a + m * lda, lda, b + n, ldb, c + m * ldc + n, ldc, bias ? bias + n : 0, how,
                    gate ? gate + m * ldc + n : 0);
  for (; n < columns; n += LANES)
    for (int m = 0; m < rows; m += TILE_ROWS)
      multiply_tile(1, depth, a + m * lda, lda, b + n, ldb, c + m * ldc + n, ldc, bias ? bias + n : 0, how,
                    gate ? gate + m * ldc + n : 0);
}

INLINE void add_transposed_tile(int vectors, int depth, const float *a, int lda, const float *b, int ldb, float *c,
                                int ldc) {
  V sums[TILE_ROWS][2];
#pragma GCC unroll 8
  for (int m = 0; m < TILE_ROWS; m++)
    for (int v = 0; v < vectors; v++) sums[m][v] = load(c + m * ldc + v * LANES);
  for (int k = 0; k < depth; k++, a += lda, b += ldb) {
    V row[2];
    for (int v = 0; v < vectors; v++) row[v] = load(b + v * LANES);
#pragma GCC unroll 8
    for (int m = 0; m < TILE_ROWS; m++) {
      V x = splat(a[m]);
      for (int v = 0; v < vectors; v++) sums[m][v] = multiply_add(x, row[v], sums[m][v]);
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < TILE_ROWS; m++)
    for (int v = 0; v < vectors; v++) store(c + m * ldc + v * LANES, sums[m][v]);
}

/** C[m, n] += sum over k of A[k, m] B[k, n]; `depth` is exact. */
INLINE void add_transposed_product(int rows, int columns, int depth, const float *a, int lda, const float *b, int ldb,
                                   float *c, int ldc) {
  for (int m = 0; m < rows; m += TILE_ROWS) {
    int n = 0;
    for (; n + 2 * LANES <= columns; n += 2 * LANES)
      add_transposed_tile(2, depth, a + m, lda, b + n, ldb, c + m * ldc + n, ldc);
    for (; n < columns; n += LANES) add_transposed_tile(1, depth, a + m, lda, b + n, ldb, c + m * ldc + n, ldc);
  }
}

/** out[n] += sum over rows of A[row, n] */
INLINE void add_rows(int rows, int columns, const float *a, float *out) {
  for (int n = 0; n < columns; n += LANES) {
    V sum = load(out + n);
    for (int m = 0; m < rows; m++) sum = add(sum, load(a + m * columns + n));
    store(out + n, sum);
  }
}

/** T[k, m] = A[m, k]; rows of T are `ldt` apart. */
INLINE void transpose(int rows, int columns, const float *a, float *t, int ldt) {
  for (int k = 0; k < columns; k++)
    for (int m = 0; m < rows; m++) t[k * ldt + m] = a[m * columns + k];
}

#endif
