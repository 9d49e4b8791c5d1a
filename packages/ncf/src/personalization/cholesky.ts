/**
 * Solves A x = b for a symmetric positive definite A, in place: A's lower triangle becomes its Cholesky factor, b the
 * solution. `matrix` is `[size, size]`, `vector` `[size]`. False, with both spoilt, when A is not positive definite.
 */
export function solvePositiveDefinite(matrix: Float64Array, vector: Float64Array): boolean {
  return factorise(matrix, vector.length) && substitute(matrix, vector);
}

/** The lower Cholesky factor of A in its own place; false when A is not positive definite. */
export function factorise(matrix: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) sum -= matrix[row * size + k]! * matrix[column * size + k]!;
      if (column < row) {
        matrix[row * size + column] = sum / matrix[column * size + column]!;
      } else {
        if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) return false;
        matrix[row * size + row] = Math.sqrt(sum);
      }
    }
  }
  return true;
}

/** L L^T x = b, in b's place. */
export function substitute(factor: Float64Array, vector: Float64Array): boolean {
  const size = vector.length;
  for (let row = 0; row < size; row++) {
    let sum = vector[row]!;
    for (let k = 0; k < row; k++) sum -= factor[row * size + k]! * vector[k]!;
    vector[row] = sum / factor[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = vector[row]!;
    for (let k = row + 1; k < size; k++) sum -= factor[k * size + row]! * vector[k]!;
    vector[row] = sum / factor[row * size + row]!;
  }
  return vector.every(Number.isFinite);
}
