/** Mean of the rows of a table `[rows, width]`, summed in float64: `[width]`. */
export function meanRow(table: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  const rows = table.length / Math.max(1, width);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < width; k++) sums[k]! += table[row * width + k]!;
  }
  return Float32Array.from(sums, (sum) => sum / rows);
}
