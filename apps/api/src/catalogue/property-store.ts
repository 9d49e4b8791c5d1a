import type { ItemProperties, PropertyValue } from '@sommelier/contracts';
import { LRUCache } from 'lru-cache';

/** Names whose values are held as a column, at most: 4 bytes a row each. */
const MAX_COLUMNS = 32;
/** Words in the list of pairs: the code of the name, the code of the value. */
const PAIR = 2;
/** Pairs and values that may be left over before a store counts as worn. */
const SPARE = 100_000;

/**
 * The properties of all items: each row's pairs of name and value in one list of numbers, names and values standing in
 * dictionaries. A name that a filter asks for becomes a column, so that its condition is one pass over an array; the
 * last 32 such names are kept.
 *
 * Memory: 8 bytes a property of an item, 5 bytes a row, some 100 bytes a distinct value, 4 bytes a row and column. For
 * 417,000 items of ten properties with 50,000 distinct values: 33 + 2 + 5 MB, and 1.7 MB a column.
 */
export class PropertyStore {
  readonly #nameCodes = new Map<string, number>();
  readonly #valueCodes = new Map<PropertyValue, number>();
  /** By code; 0 stands for a property that an item does not have. */
  readonly #values: (PropertyValue | undefined)[] = [undefined];
  readonly #columns = new LRUCache<number, Uint32Array>({ max: MAX_COLUMNS });
  #pairs = new Uint32Array(1024 * PAIR);
  #pairCount = 0;
  #livePairs = 0;
  #starts = new Uint32Array(1024);
  #counts = new Uint8Array(1024);

  /** Codes of values: all are below this. */
  get valueCount(): number {
    return this.#values.length;
  }

  /** Whether so much of what it holds is of no item any more that a fresh one should take its place. */
  get isWorn(): boolean {
    // A fresh store has no more values than pairs.
    return this.#pairCount > 2 * this.#livePairs + SPARE || this.valueCount > this.#livePairs + SPARE;
  }

  /** Takes other properties in place of a row's present ones. */
  set(row: number, properties: ItemProperties): void {
    this.#makeRoom(row);
    const before = this.#namesOf(row);
    this.#livePairs -= this.#counts[row]!;
    const entries = Object.entries(properties);
    this.#starts[row] = this.#pairCount;
    this.#counts[row] = entries.length;
    for (const [name, value] of entries) this.#append(name, value);
    this.#livePairs += entries.length;
    for (const name of before) this.#updateColumn(name, row);
    for (const name of this.#namesOf(row)) this.#updateColumn(name, row);
  }

  /** What an item has under a name. */
  valueOf(row: number, name: string): PropertyValue | undefined {
    const code = this.#nameCodes.get(name);
    return code === undefined ? undefined : this.#values[this.#codeAt(row, code)];
  }

  valueAt(code: number): PropertyValue | undefined {
    return this.#values[code];
  }

  /**
   * Codes of all rows' values under a name, `[rows or more]`; undefined for a name that no item has. Valid until the
   * next change.
   */
  column(name: string): Uint32Array | undefined {
    const code = this.#nameCodes.get(name);
    if (code === undefined) return undefined;
    let column = this.#columns.get(code);
    if (column === undefined) {
      column = this.#makeColumn(code);
      this.#columns.set(code, column);
    }
    return column;
  }

  #makeColumn(name: number): Uint32Array {
    const column = new Uint32Array(this.#counts.length);
    for (let row = 0; row < column.length; row++) column[row] = this.#codeAt(row, name);
    return column;
  }

  #codeAt(row: number, name: number): number {
    const start = this.#starts[row]! * PAIR;
    const end = start + this.#counts[row]! * PAIR;
    for (let at = start; at < end; at += PAIR) if (this.#pairs[at] === name) return this.#pairs[at + 1]!;
    return 0;
  }

  #namesOf(row: number): number[] {
    const start = this.#starts[row]!;
    return Array.from({ length: this.#counts[row]! }, (_, pair) => this.#pairs[(start + pair) * PAIR]!);
  }

  #updateColumn(name: number, row: number): void {
    const column = this.#columns.peek(name);
    if (column !== undefined) column[row] = this.#codeAt(row, name);
  }

  #append(name: string, value: PropertyValue): void {
    if ((this.#pairCount + 1) * PAIR > this.#pairs.length) this.#pairs = enlarged(this.#pairs);
    this.#pairs[this.#pairCount * PAIR] = codeIn(this.#nameCodes, name);
    const code = codeIn(this.#valueCodes, value) + 1;
    if (code === this.#values.length) this.#values.push(value);
    this.#pairs[this.#pairCount * PAIR + 1] = code;
    this.#pairCount++;
  }

  #makeRoom(row: number): void {
    if (row < this.#counts.length) return;
    this.#starts = enlarged(this.#starts);
    const counts = new Uint8Array(this.#starts.length);
    counts.set(this.#counts);
    this.#counts = counts;
    // They are shorter than the rows now.
    this.#columns.clear();
  }
}

function enlarged(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

function codeIn<T>(codes: Map<T, number>, key: T): number {
  const known = codes.get(key);
  if (known !== undefined) return known;
  codes.set(key, codes.size);
  return codes.size - 1;
}
