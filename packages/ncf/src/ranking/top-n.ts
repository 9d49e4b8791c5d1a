import type { Scorer } from './scorer.ts';

export interface RankedItem {
  readonly itemIndex: number;
  readonly score: number;
}

/**
 * The `n` best items that are not excluded, best first: by score descending, ties (0 and -0 among them) by item index
 * ascending, which is the order of the ids' bytes. Exactly min(n, eligible) of them, equal to a full sort; NaN counts
 * as -Infinity. One pass, with a heap of n.
 * @throws RangeError when `n` is not a whole number >= 0.
 */
export function topN(scores: Float64Array, n: number, excluded: Iterable<number> = []): RankedItem[] {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n is ${n}; it must be a whole number >= 0`);
  const skipped = new Set(excluded);
  const heap = new WorstFirst(Math.min(n, scores.length));
  if (heap.capacity === 0) return [];

  let item = 0;
  for (; item < scores.length && heap.size < heap.capacity; item++) {
    if (!skipped.has(item)) heap.add(item, comparable(scores[item]!));
  }
  let worst = heap.worstScore;
  for (; item < scores.length; item++) {
    // An equal score loses: its index is larger than every index in the heap.
    if (!(scores[item]! > worst) || skipped.has(item)) continue;
    heap.replaceWorst(item, scores[item]!);
    worst = heap.worstScore;
  }
  return heap.drain().map((itemIndex) => ({ itemIndex, score: scores[itemIndex]! }));
}

/**
 * The user's `n` best items by the model. `scratch`, `[items]`, receives all logits; a caller that answers many
 * requests hands in the same one each time.
 */
export function topNForUser(
  scorer: Scorer,
  userIndex: number,
  n: number,
  excluded: Iterable<number> = [],
  scratch: Float64Array = new Float64Array(scorer.itemCount),
): RankedItem[] {
  scorer.scoreUser(userIndex, scratch);
  return topN(scratch, n, excluded);
}

function comparable(score: number): number {
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}

/** A binary heap of bounded size with the worst item at its root. */
class WorstFirst {
  readonly capacity: number;
  size = 0;
  readonly #items: Uint32Array;
  readonly #scores: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#items = new Uint32Array(capacity);
    this.#scores = new Float64Array(capacity);
  }

  get worstScore(): number {
    return this.#scores[0] ?? Number.NEGATIVE_INFINITY;
  }

  add(item: number, score: number): void {
    let at = this.size++;
    this.#set(at, item, score);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isWorse(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  replaceWorst(item: number, score: number): void {
    this.#set(0, item, score);
    this.#sink();
  }

  /** Empties the heap; the items come best first. */
  drain(): number[] {
    const items = new Array<number>(this.size);
    while (this.size > 0) {
      items[this.size - 1] = this.#items[0]!;
      this.size--;
      this.#swap(0, this.size);
      this.#sink();
    }
    return items;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.size) return;
      const right = left + 1;
      const child = right < this.size && this.#isWorse(right, left) ? right : left;
      if (!this.#isWorse(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #isWorse(a: number, b: number): boolean {
    const difference = this.#scores[a]! - this.#scores[b]!;
    if (difference !== 0 && !Number.isNaN(difference)) return difference < 0;
    return this.#items[a]! > this.#items[b]!;
  }

  #set(at: number, item: number, score: number): void {
    this.#items[at] = item;
    this.#scores[at] = score;
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!;
    const score = this.#scores[a]!;
    this.#set(a, this.#items[b]!, this.#scores[b]!);
    this.#set(b, item, score);
  }
}
