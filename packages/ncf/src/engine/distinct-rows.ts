/** Numbers the distinct table rows of a batch in order of first appearance, in time linear in the batch. */
export class DistinctRows {
  /** The batch in which a row was last seen: clearing it costs nothing. */
  readonly #seenIn: Uint32Array;
  readonly #slotOf: Int32Array;
  #rows: Uint32Array = new Uint32Array(256);
  #batch = 0;

  /** `rowCount`: rows of the whole table. */
  constructor(rowCount: number) {
    this.#seenIn = new Uint32Array(rowCount);
    this.#slotOf = new Int32Array(rowCount);
  }

  /**
   * Writes the slot of each of the first `count` indices to `slots` and returns the distinct indices (a view that the
   * next call overwrites).
   */
  collect(indices: Uint32Array, count: number, slots: Int32Array): Uint32Array {
    this.#nextBatch();
    if (this.#rows.length < count) this.#rows = new Uint32Array(count);
    let used = 0;
    for (let position = 0; position < count; position++) {
      const row = indices[position]!;
      if (this.#seenIn[row] !== this.#batch) {
        this.#seenIn[row] = this.#batch;
        this.#slotOf[row] = used;
        this.#rows[used++] = row;
      }
      slots[position] = this.#slotOf[row]!;
    }
    return this.#rows.subarray(0, used);
  }

  #nextBatch(): void {
    if (this.#batch === 0xffff_ffff) {
      this.#seenIn.fill(0);
      this.#batch = 0;
    }
    this.#batch++;
  }
}
