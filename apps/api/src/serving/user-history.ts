import { type Logger, within } from '@sommelier/platform';

/** Most items and types that are read of one user, the newest of whoever has more. */
const MAX_EVENTS = 10_000;

/** What a user did to an item, and how much it counts. */
export interface HistoryEvent {
  readonly itemId: string;
  /** Strength of the event's type, positive. */
  readonly weight: number;
  readonly timestampMs: number;
}

export interface UserHistoryParts {
  /** The latest weighted event of each item and type of a user, newest first. */
  readonly historyOf: (userId: string, limit: number) => Promise<HistoryEvent[]>;
  readonly logger: Logger;
  /** Unix ms. */
  readonly now: () => number;
  readonly timeoutMs: number;
  /** After a failure the database is left alone for this long, so that not every answer waits for it. */
  readonly pauseMs: number;
  /** Lookups under way at once. */
  readonly maxConcurrent: number;
}

export const USER_HISTORY_LIMITS = { timeoutMs: 250, pauseMs: 1_000, maxConcurrent: 100 };

/**
 * What a user did according to the database. It is an addition to the model's own history: when the database does not
 * answer in time, the request is served without it.
 */
export class UserHistory {
  readonly #parts: UserHistoryParts;
  #pausedUntilMs = 0;
  #concurrent = 0;

  constructor(parts: UserHistoryParts) {
    this.#parts = parts;
  }

  /** The events, or undefined when the database does not say. Never rejects. */
  async of(userId: string): Promise<readonly HistoryEvent[] | undefined> {
    const { historyOf, timeoutMs, maxConcurrent, now } = this.#parts;
    if (this.#concurrent >= maxConcurrent || now() < this.#pausedUntilMs) return undefined;
    this.#concurrent++;
    // Counted until the database answers, not until we stop waiting: a database that hangs is not given more work.
    const lookup = historyOf(userId, MAX_EVENTS).finally(() => {
      this.#concurrent--;
    });
    try {
      return await within(lookup, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`));
    } catch (error) {
      this.#parts.logger.warn(
        { err: error },
        'what users did comes from the model alone: the database does not answer',
      );
      this.#pausedUntilMs = now() + this.#parts.pauseMs;
      return undefined;
    }
  }
}
