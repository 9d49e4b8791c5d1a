export interface RankedItem {
  readonly itemIndex: number;
  readonly score: number;
}

/** NaN ranks like -Infinity. */
export function comparable(score: number): number {
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}

/**
 * The best items so far, at most `capacity`: a binary heap with the worst at its root. Better is the higher score, of
 * equal ones (0 and -0 among them) the lower index. Scores must not be NaN.
 */
export class TopItems {
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

  /** Takes an item in if it is among the best; items may come in any order. */
  offer(item: number, score: number): void {
    if (this.size < this.capacity) this.add(item, score);
    else if (this.capacity > 0 && isBetter(item, score, this.#items[0]!, this.#scores[0]!)) {
      this.replaceWorst(item, score);
    }
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
  drain(): RankedItem[] {
    const items = new Array<RankedItem>(this.size);
    while (this.size > 0) {
      items[this.size - 1] = { itemIndex: this.#items[0]!, score: this.#scores[0]! };
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
    return isBetter(this.#items[b]!, this.#scores[b]!, this.#items[a]!, this.#scores[a]!);
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

/** Whether an item goes before another one; scores must not be NaN. */
export function isBetter(item: number, score: number, than: number, thanScore: number): boolean {
  // Equal infinities differ by NaN.
  const difference = score - thanScore;
  if (difference !== 0 && !Number.isNaN(difference)) return difference > 0;
  return item < than;
}
