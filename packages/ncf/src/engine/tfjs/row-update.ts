import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';

/** The rows of a packed table that a step updates. */
export interface RowGradients {
  /** int32 `[rows, 1]`, distinct but for repetitions of the table's spare row. */
  readonly rows: Tensor2D;
  /** `[rows, width]`, gradient of the batch's mean loss. */
  readonly gradients: Tensor2D;
  /** `[width]`, the L2 penalty of each column. */
  readonly l2: Tensor1D;
}

/**
 * Lazy Adam on a packed table `[rows + 1, 3 width]` that stays on the device: values, first moments and second moments
 * of a row side by side, and a spare last row of zeros. The formula is `adamUpdate`'s.
 */
export interface RowUpdate {
  /**
   * Updates the listed rows, once each, without reading anything back.
   * @returns the table as it is afterwards: the same tensor when it was updated in place, else a new one.
   */
  apply(packed: Tensor2D, update: RowGradients, stepSize: number): Tensor2D;
  /** Frees the tensors that it holds. */
  dispose(): void;
}
