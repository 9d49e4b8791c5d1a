import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { RowUpdate } from './row-update.ts';
import { tensorflow as tf } from './tensorflow.ts';

/** Neighbouring columns of a packed table that belong to one parameter. */
export interface ColumnGroup {
  /** `[rows, width]` */
  readonly values: Float32Array;
  readonly width: number;
  /** L2 penalty of these columns. */
  readonly l2: number;
}

/**
 * Rows of one or more parameters with their Adam moments in one tensor on the device, so that a step gathers and
 * writes each touched row once: `[rows + 1, 3 width]`, where width is the sum of the groups' widths; values, first
 * moments, second moments. The last row is spare: lists of rows are padded with it, and it stays zero, since nothing
 * refers to it. Holds tensors until `dispose`.
 */
export class PackedTable {
  readonly rowCount: number;
  readonly #update: RowUpdate;
  readonly #widths: readonly number[];
  readonly #width: number;
  readonly #l2: Tensor1D;
  #packed: Tensor2D;

  constructor(rowCount: number, groups: readonly ColumnGroup[], update: RowUpdate) {
    this.rowCount = rowCount;
    this.#update = update;
    this.#widths = groups.map(({ width }) => width);
    this.#width = this.#widths.reduce((sum, width) => sum + width, 0);
    this.#l2 = tf.tensor1d(groups.flatMap(({ width, l2 }) => Array<number>(width).fill(l2)));
    this.#packed = tf.tidy(() => {
      const tensors = groups.map(({ values, width }) => tf.tensor2d(values, [rowCount, width]));
      const values = tensors.length === 1 ? tensors[0]! : tf.concat(tensors, 1);
      return withSpareRow(values, 2 * this.#width);
    });
  }

  /** The listed rows (int32 `[R, 1]`), a tensor `[R, width]` for each group. The caller wraps the call in `tf.tidy`. */
  gather(rows: Tensor2D): Tensor2D[] {
    return this.#groupsOf(tf.gatherND(this.#packed, rows) as Tensor2D, rows.shape[0]);
  }

  /** One lazy Adam update of the listed rows; `gradients` has R x width numbers for each group. Inside `tf.tidy`. */
  apply(rows: Tensor2D, gradients: readonly tf.Tensor[], stepSize: number): void {
    const parts = gradients.map((part, group) => tf.reshape(part, [rows.shape[0], this.#widths[group]!]));
    const joined = parts.length === 1 ? parts[0]! : tf.concat(parts, 1);
    const update = { rows, gradients: joined as Tensor2D, l2: this.#l2 };
    const next = this.#update.apply(this.#packed, update, stepSize);
    if (next === this.#packed) return;
    this.#packed.dispose();
    this.#packed = tf.keep(next);
  }

  /** A copy of each group's values, `[rows, width]`. */
  async read(): Promise<Float32Array[]> {
    // Slices: new tensors, of which the backend has not remembered an earlier reading.
    const tensors = tf.tidy(() => this.#groupsOf(this.#packed, this.rowCount));
    try {
      return (await Promise.all(tensors.map((tensor) => tensor.data()))) as Float32Array[];
    } finally {
      tf.dispose(tensors);
    }
  }

  /** Values and moments of all rows, `[rows, 3 width]`. */
  async readState(): Promise<Float32Array> {
    // A slice for the same reason.
    const rows = tf.slice(this.#packed, [0, 0], [this.rowCount, 3 * this.#width]);
    try {
      return (await rows.data()) as Float32Array;
    } finally {
      rows.dispose();
    }
  }

  /** What `readState` of a table of the same size gave. */
  writeState(state: Float32Array): void {
    const packed = tf.tidy(() => withSpareRow(tf.tensor2d(state, [this.rowCount, 3 * this.#width]), 0));
    this.#packed.dispose();
    this.#packed = packed;
  }

  /** Numbers that `readState` gives. */
  get stateSize(): number {
    return this.rowCount * 3 * this.#width;
  }

  dispose(): void {
    tf.dispose([this.#packed, this.#l2]);
  }

  #groupsOf(packed: Tensor2D, rowCount: number): Tensor2D[] {
    let from = 0;
    return this.#widths.map((width) => {
      const group = tf.slice(packed, [0, from], [rowCount, width]);
      from += width;
      return group;
    });
  }
}

/** The rows and a last one of zeros, with `columns` columns of zeros behind: a new tensor on the device. */
function withSpareRow(rows: Tensor2D, columns: number): Tensor2D {
  return tf.pad(rows, [
    [0, 1],
    [0, columns],
  ]) as Tensor2D;
}
