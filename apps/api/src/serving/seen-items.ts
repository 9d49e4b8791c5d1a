import { type Logger, within } from '@sommelier/platform';

/** Most items that are read of one user; whoever has more gets the newest left out. */
const MAX_SEEN_ITEMS = 10_000;

export interface SeenItemsParts {
  /** Distinct items of a user, newest first. */
  readonly itemsOfUser: (userId: string, limit: number) => Promise<string[]>;
  readonly logger: Logger;
  /** Unix ms. */
  readonly now: () => number;
  readonly timeoutMs: number;
  /** After a failure the database is left alone for this long, so that not every answer waits for it. */
  readonly pauseMs: number;
  /** Lookups under way at once. */
  readonly maxConcurrent: number;
}

export const SEEN_ITEMS_LIMITS = { timeoutMs: 250, pauseMs: 1_000, maxConcurrent: 100 };

/**
 * What a user has seen according to the database. It is an addition to the model's own history: when the database
 * does not answer in time, the request is served without it.
 */
export class SeenItems {
  readonly #parts: SeenItemsParts;
  #pausedUntilMs = 0;
  #concurrent = 0;

  constructor(parts: SeenItemsParts) {
    this.#parts = parts;
  }

  /** Ids of the items, or undefined when the database does not say. Never rejects. */
  async of(userId: string): Promise<readonly string[] | undefined> {
    const { itemsOfUser, timeoutMs, maxConcurrent, now } = this.#parts;
    if (this.#concurrent >= maxConcurrent || now() < this.#pausedUntilMs) return undefined;
    this.#concurrent++;
    // Counted until the database answers, not until we stop waiting: a database that hangs is not given more work.
    const lookup = itemsOfUser(userId, MAX_SEEN_ITEMS).finally(() => {
      this.#concurrent--;
    });
    try {
      return await within(lookup, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`));
    } catch (error) {
      this.#parts.logger.warn(
        { err: error },
        'seen items come from the model alone: the database does not answer',
      );
      this.#pausedUntilMs = now() + this.#parts.pauseMs;
      return undefined;
    }
  }
}
