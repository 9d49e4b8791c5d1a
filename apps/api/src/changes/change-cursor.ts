import type { Change, ChangePosition, ChangeStore } from '@sommelier/platform';

/**
 * A transaction takes the id of its row before it commits, so rows appear out of order. One that commits within this
 * time after a row with a greater id is still found.
 */
export const OVERLAP_MS = 10_000;
/** Rows that are remembered as handled; of more, the overlap becomes shorter. */
const MAX_REMEMBERED = 50_000;
const ROWS_PER_PAGE = 5_000;

export interface NewChanges {
  readonly changes: readonly Change[];
  /** Whether the table is not the one that was read before: emptied, restored, or cut beyond this reader's place. */
  readonly lost: boolean;
  /** Whether these are all that there were; if not, the next reading goes on. */
  readonly complete: boolean;
}

/**
 * A reader's place in the log of changes, which gives each row once. It goes by the ids, and by its own clock for how
 * long ago it saw one: the clocks of other machines do not matter. The overlap is counted on each reading, and read again
 * only when there are more rows in it than were seen.
 */
export class ChangeCursor {
  readonly #store: ChangeStore;
  readonly #monotonicMs: () => number;
  /** The oldest row of the overlap. It was there, so it must still be there. */
  #first: ChangePosition = { id: 0, atMs: 0 };
  /** Greatest id that was seen. */
  #last = 0;
  /** When each row from `#first` on was seen, in the order in which they were. */
  readonly #seen = new Map<number, { atMs: number; seenMs: number }>();
  #started = false;

  constructor(store: ChangeStore, monotonicMs: () => number) {
    this.#store = store;
    this.#monotonicMs = monotonicMs;
  }

  /**
   * The rows that this reader has not had. The first reading begins where the overlap does, since rows from before it
   * may still be on their way into the table.
   */
  async read(): Promise<NewChanges> {
    if (!this.#started) {
      await this.#start();
      return { ...(await this.#readAfter(this.#first.id)), lost: false };
    }
    const { rows, firstAtMs } = await this.#store.between(this.#first.id, this.#last);
    if (this.#first.id > 0 && firstAtMs !== this.#first.atMs) {
      this.#seen.clear();
      await this.#start();
      return { ...(await this.#readAfter(this.#first.id)), lost: true };
    }
    const missing = rows !== this.#seen.size;
    return { ...(await this.#readAfter(missing ? this.#first.id : this.#last)), lost: false };
  }

  /** Takes rows as handled: they will not be given again. */
  remember(changes: readonly Change[]): void {
    const seenMs = this.#monotonicMs();
    for (const { id, atMs } of changes) {
      this.#seen.set(id, { atMs, seenMs });
      this.#last = Math.max(this.#last, id);
    }
    this.#forget(seenMs - OVERLAP_MS);
  }

  async #start(): Promise<void> {
    const first = await this.#store.newest(OVERLAP_MS);
    this.#started = true;
    this.#first = first ?? { id: 0, atMs: 0 };
    this.#last = this.#first.id;
    if (first !== undefined) this.#seen.set(first.id, { atMs: first.atMs, seenMs: this.#monotonicMs() });
  }

  async #readAfter(id: number): Promise<Omit<NewChanges, 'lost'>> {
    const changes: Change[] = [];
    for (let after = id; ; ) {
      const page = await this.#store.readAfter(after, ROWS_PER_PAGE);
      for (const change of page) if (!this.#seen.has(change.id)) changes.push(change);
      after = page.at(-1)?.id ?? after;
      if (page.length < ROWS_PER_PAGE) return { changes, complete: true };
      if (changes.length >= MAX_REMEMBERED) return { changes, complete: false };
    }
  }

  /** Moves the overlap's beginning to the last row of those that were seen long enough ago. */
  #forget(untilMs: number): void {
    let first = this.#first;
    let excess = this.#seen.size - MAX_REMEMBERED;
    for (const [id, { atMs, seenMs }] of this.#seen) {
      if (seenMs > untilMs && excess <= 0) break;
      excess--;
      if (id > first.id) first = { id, atMs };
    }
    if (first.id === this.#first.id) return;
    this.#first = first;
    for (const id of this.#seen.keys()) if (id < first.id) this.#seen.delete(id);
  }
}
