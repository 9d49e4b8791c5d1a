/** The most similar items of each item: compressed rows. */
export interface NeighbourTable {
  /** `[items + 1]` */
  readonly offsets: Uint32Array;
  /** Item index. */
  readonly items: Uint32Array;
  readonly similarities: Float32Array;
}

/**
 * Pushes the `most` largest of a row, in the order in which they come; of equal ones the first. The caller ends the row.
 */
export function keepLargest(
  items: Uint32Array,
  similarities: Float32Array,
  most: number,
  out: { push(item: number, similarity: number): void },
): void {
  if (items.length <= most) {
    for (let index = 0; index < items.length; index++) out.push(items[index]!, similarities[index]!);
    return;
  }
  const threshold = similarities.slice().sort()[items.length - most]!;
  let above = 0;
  for (const similarity of similarities) if (similarity > threshold) above++;
  let equalLeft = most - above;
  for (let index = 0; index < items.length; index++) {
    const similarity = similarities[index]!;
    if (similarity < threshold || (similarity === threshold && equalLeft-- <= 0)) continue;
    out.push(items[index]!, similarity);
  }
}

/** Compressed rows of unknown length, which grow by doubling. */
export class NeighbourRows {
  readonly #offsets: Uint32Array;
  #items = new Uint32Array(1_024);
  #similarities = new Float32Array(1_024);
  #size = 0;

  constructor(rows: number) {
    this.#offsets = new Uint32Array(rows + 1);
  }

  push(item: number, similarity: number): void {
    if (this.#size === this.#items.length) {
      const items = new Uint32Array(2 * this.#size);
      const similarities = new Float32Array(2 * this.#size);
      items.set(this.#items);
      similarities.set(this.#similarities);
      this.#items = items;
      this.#similarities = similarities;
    }
    this.#items[this.#size] = item;
    this.#similarities[this.#size++] = similarity;
  }

  endRow(row: number): void {
    this.#offsets[row + 1] = this.#size;
  }

  rows(): NeighbourTable {
    return {
      offsets: this.#offsets,
      items: this.#items.slice(0, this.#size),
      similarities: this.#similarities.slice(0, this.#size),
    };
  }
}
