import type { ChangeStore, Logger } from '@sommelier/platform';
import { ChangeCursor } from './change-cursor.ts';
import { type ChangeHandlers, handleChanges, handleEverything } from './change-handlers.ts';

/** What was read from the database may be kept in memory as long as the log of changes was read this recently. */
const CURRENT_FOR_MS = 3_000;
/** Between two readings, however many hints come. */
const MIN_PAUSE_MS = 20;
const PRUNE_EVERY_MS = 60_000;
/** Rows are removed at this age: a replica that could not read for longer takes everything as changed. */
const KEEP_MS = 3_600_000;
const MAX_PRUNED_PIECES = 20;

export interface ChangeFollowerParts {
  /** Throws `database-unavailable` while the database cannot be reached. */
  readonly store: ChangeStore;
  readonly handlers: ChangeHandlers;
  readonly pollMs: number;
  readonly logger: Logger;
  /** A clock that is never set: milliseconds since any moment. */
  readonly monotonicMs: () => number;
}

/**
 * Reads the log of changes again and again and tells what keeps data in memory about each row, once; with the first
 * reading that everything has changed, so that whatever is read because of it is at least as new as this reader's place
 * in the log. A failure is logged once and tried again with the next reading, until which {@link isCurrent} says so.
 */
export class ChangeFollower {
  readonly #parts: ChangeFollowerParts;
  readonly #cursor: ChangeCursor;
  #readAtMs: number | undefined;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  #stopped = false;
  #hinted = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #pruning: Promise<void> | undefined;

  constructor(parts: ChangeFollowerParts) {
    this.#parts = parts;
    this.#cursor = new ChangeCursor(parts.store, parts.monotonicMs);
  }

  /** Reads at once, and then again and again with a pause of `pollMs` after each time, until it is stopped. */
  start(): void {
    if (this.#round === undefined) this.#begin();
  }

  /** Reads as soon as possible: what has been committed by now will be seen by a reading that begins after this call. */
  hint(): void {
    if (this.#hinted || this.#stopped || this.#round === undefined) return;
    this.#hinted = true;
    // Without a timer a reading is under way, after which the next is planned.
    if (this.#timer !== undefined) this.#plan(MIN_PAUSE_MS);
  }

  /**
   * Whether all that was committed until 3 s ago has been handled. Only then may what was read from the database earlier
   * be used without asking it again.
   */
  isCurrent(): boolean {
    const { lagMs } = this;
    return lagMs !== undefined && lagMs <= CURRENT_FOR_MS;
  }

  /** How long ago the last reading to the end of the log began, ms; undefined before the first. */
  get lagMs(): number | undefined {
    return this.#readAtMs === undefined ? undefined : this.#parts.monotonicMs() - this.#readAtMs;
  }

  /** Waits for a reading that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#round, this.#pruning]);
  }

  #begin(): void {
    this.#timer = undefined;
    this.#hinted = false;
    this.#round = this.#read().then(() => {
      if (this.#stopped) return;
      if (!this.#failing) this.#pruneSometimes();
      this.#plan(this.#hinted ? MIN_PAUSE_MS : this.#parts.pollMs);
    });
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), delayMs);
  }

  async #read(): Promise<void> {
    const { handlers, monotonicMs, logger } = this.#parts;
    const beganMs = monotonicMs();
    try {
      const { changes, lost, complete } = await this.#cursor.read();
      if (lost)
        logger.warn('the log of changes is not the one that was read before: everything is read anew');
      // What was before the first reading is in no row that this reader has.
      if (lost || this.#readAtMs === undefined) handleEverything(handlers);
      else handleChanges(handlers, changes);
      this.#cursor.remember(changes);
      if (complete) this.#readAtMs = beganMs;
      else this.#hinted = true;
      if (this.#failing) logger.info('the log of changes can be read again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        logger.warn({ err: error }, 'the log of changes cannot be read; trying again until it can');
      }
      this.#failing = true;
    }
  }

  /** Beside the readings: who waits to write must not keep them from going on. */
  #pruneSometimes(): void {
    const { store, monotonicMs, logger } = this.#parts;
    const nowMs = monotonicMs();
    if (this.#pruning !== undefined || nowMs - this.#prunedAtMs < PRUNE_EVERY_MS) return;
    this.#prunedAtMs = nowMs;
    this.#pruning = store
      .prune(KEEP_MS, MAX_PRUNED_PIECES)
      .then(
        (pruned) => {
          if (pruned > 0) logger.debug({ pruned }, 'removed old rows from the log of changes');
        },
        (error: unknown) => logger.warn({ err: error }, 'old rows of the log of changes were not removed'),
      )
      .finally(() => {
        this.#pruning = undefined;
      });
  }
}
