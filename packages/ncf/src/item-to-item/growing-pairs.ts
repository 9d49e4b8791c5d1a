const FIRST_CAPACITY = 1_024;

/** Items with a number each, in arrays that grow by doubling. */
export interface ItemValues {
  /** Item index. */
  readonly items: Uint32Array;
  readonly values: Float32Array;
}

/** A list of items with a number each, of unknown length. */
export class GrowingPairs {
  #items = new Uint32Array(FIRST_CAPACITY);
  #values = new Float32Array(FIRST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: number, value: number): void {
    if (this.#size === this.#items.length) {
      const items = new Uint32Array(2 * this.#size);
      const values = new Float32Array(2 * this.#size);
      items.set(this.#items);
      values.set(this.#values);
      this.#items = items;
      this.#values = values;
    }
    this.#items[this.#size] = item;
    this.#values[this.#size++] = value;
  }

  /** A part of the list: views, which the next `push` may leave behind with their content. */
  view(begin: number, end: number): ItemValues {
    return { items: this.#items.subarray(begin, end), values: this.#values.subarray(begin, end) };
  }
}
