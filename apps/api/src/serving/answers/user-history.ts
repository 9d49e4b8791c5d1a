import { type Logger, within } from '@sommelier/platform';
import { LRUCache } from 'lru-cache';
import { GatheredCalls } from './gathered-calls.ts';

/** Most items and types that are read of one user, the newest of whoever has more. */
const MAX_EVENTS = 10_000;
/** Most events that one statement may read. */
const MAX_EVENTS_A_BATCH = 1_000_000;
/** Statements for single requests under way at once, and users of one. */
const GATHERED = { calls: 2, keys: 100 };
/** What an entry of the cache costs besides its events, in events. */
const ENTRY_COST = 4;

/** What a user did to an item, and how much it counts. */
export interface HistoryEvent {
  readonly itemId: string;
  /** Strength of the event's type, positive. */
  readonly weight: number;
  readonly timestampMs: number;
}

/** What a user did; another object and another revision whenever that may have changed. */
export interface History {
  /** The latest weighted event of each item and type, newest first. */
  readonly events: readonly HistoryEvent[];
  /** No two histories of this process have the same one. */
  readonly revision: number;
}

export interface UserHistoryParts {
  /** The latest weighted event of each item and type of each user, newest first; users without one are absent. */
  readonly historiesOf: (
    userIds: readonly string[],
    limit: number,
  ) => Promise<ReadonlyMap<string, readonly HistoryEvent[]>>;
  /** Whether `usersChanged` has been called for all changes but the newest. */
  readonly isCurrent: () => boolean;
  readonly logger: Logger;
  /** A clock that is never set: milliseconds since any moment. */
  readonly monotonicMs: () => number;
  /** For one user. */
  readonly timeoutMs: number;
  /** For many users at once. */
  readonly batchTimeoutMs: number;
  /** After a failure the database is left alone for this long, so that not every answer waits for it. */
  readonly pauseMs: number;
  /** Lookups under way at once. */
  readonly maxConcurrent: number;
  /** Events in the cache, of all users together; about 100 bytes each. */
  readonly maxCachedEvents: number;
}

export const USER_HISTORY_LIMITS = {
  timeoutMs: 250,
  batchTimeoutMs: 2_000,
  pauseMs: 1_000,
  maxConcurrent: 100,
  maxCachedEvents: 500_000,
};

/** Users that are being looked up by one statement. */
interface Lookup {
  readonly histories: Promise<ReadonlyMap<string, History>>;
  /** Users that have changed since it began. */
  readonly changed: Set<string>;
  /** Not kept for anybody, and not joined: all have changed, or it took too long. */
  abandoned: boolean;
}

/**
 * What users did according to the database, kept in memory until it changes. It is an addition to the model's own
 * history: when the database does not answer in time, the request is served without it.
 *
 * What is in memory is used only while the log of changes is being read; without it, each request asks the database.
 */
export class UserHistory {
  readonly #parts: UserHistoryParts;
  readonly #cache: LRUCache<string, History>;
  readonly #lookups = new Map<string, Lookup>();
  /** Lookups of single users, who are looked up together where many come. */
  readonly #gathered = new GatheredCalls<History>(async (userIds) => {
    const found = new Map<string, History>();
    await this.#await(userIds, this.#parts.timeoutMs, found);
    return found;
  }, GATHERED);
  #revisions = 0;
  #pausedUntilMs = 0;
  #concurrent = 0;

  constructor(parts: UserHistoryParts) {
    this.#parts = parts;
    this.#cache = new LRUCache({
      maxSize: parts.maxCachedEvents,
      sizeCalculation: ({ events }) => events.length + ENTRY_COST,
    });
  }

  /** The history if it is in memory and still valid. */
  peek(userId: string): History | undefined {
    return this.#parts.isCurrent() ? this.#cache.get(userId) : undefined;
  }

  /** The history, or undefined when the database does not say. Never rejects. */
  async of(userId: string): Promise<History | undefined> {
    const cached = this.peek(userId);
    if (cached !== undefined) return cached;
    return this.#gathered.ask(userId);
  }

  /**
   * The histories of several users, by one statement for those not in memory; users of whom the database does not say
   * are absent. Never rejects.
   */
  async ofMany(userIds: readonly string[]): Promise<ReadonlyMap<string, History>> {
    const found = new Map<string, History>();
    const missing: string[] = [];
    for (const userId of new Set(userIds)) {
      const cached = this.peek(userId);
      if (cached === undefined) missing.push(userId);
      else found.set(userId, cached);
    }
    if (missing.length === 0) return found;
    await this.#await(missing, this.#parts.batchTimeoutMs, found);
    return found;
  }

  /** Drops what these users' histories were; a lookup that is under way is not kept, nor joined by later requests. */
  usersChanged(userIds: readonly string[] | 'all'): void {
    if (userIds === 'all') {
      this.#cache.clear();
      this.#abandon(new Set(this.#lookups.values()));
      return;
    }
    for (const userId of userIds) {
      this.#cache.delete(userId);
      this.#lookups.get(userId)?.changed.add(userId);
      this.#lookups.delete(userId);
    }
  }

  /** Looks users up and adds what is known to `found`. */
  async #await(userIds: readonly string[], timeoutMs: number, found: Map<string, History>): Promise<void> {
    const { monotonicMs, logger, pauseMs } = this.#parts;
    const lookups = this.#lookupsFor(userIds);
    try {
      const all = Promise.all([...lookups].map(({ histories }) => histories));
      for (const histories of await within(
        all,
        timeoutMs,
        () => new Error(`no answer within ${timeoutMs} ms`),
      )) {
        for (const userId of userIds) {
          const history = histories.get(userId);
          if (history !== undefined) found.set(userId, history);
        }
      }
    } catch (error) {
      logger.warn({ err: error }, 'what users did comes from the model alone: the database does not answer');
      this.#pausedUntilMs = monotonicMs() + pauseMs;
      this.#abandon(lookups);
    }
  }

  #abandon(lookups: ReadonlySet<Lookup>): void {
    for (const lookup of lookups) lookup.abandoned = true;
    for (const [userId, lookup] of this.#lookups) {
      if (lookup.abandoned) this.#lookups.delete(userId);
    }
  }

  /** The lookups under way that these users are in, and one more for the others if there may be one. */
  #lookupsFor(userIds: readonly string[]): Set<Lookup> {
    const lookups = new Set<Lookup>();
    const others: string[] = [];
    for (const userId of userIds) {
      const lookup = this.#lookups.get(userId);
      if (lookup === undefined) others.push(userId);
      else lookups.add(lookup);
    }
    const mayAsk =
      this.#concurrent < this.#parts.maxConcurrent && this.#parts.monotonicMs() >= this.#pausedUntilMs;
    if (others.length > 0 && mayAsk) lookups.add(this.#lookUp(others));
    return lookups;
  }

  #lookUp(userIds: readonly string[]): Lookup {
    this.#concurrent++;
    const lookup: Lookup = {
      // Counted until the database answers, not until we stop waiting: a database that hangs is not given more work.
      histories: this.#read(userIds)
        .then((found) => this.#keep(userIds, found, lookup))
        .finally(() => {
          this.#concurrent--;
          for (const userId of userIds) {
            if (this.#lookups.get(userId) === lookup) this.#lookups.delete(userId);
          }
        }),
      changed: new Set(),
      abandoned: false,
    };
    for (const userId of userIds) this.#lookups.set(userId, lookup);
    return lookup;
  }

  /** Of a batch, each user gets an equal share of what may be read at once; who has more is read alone. */
  async #read(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly HistoryEvent[]>> {
    const { historiesOf } = this.#parts;
    const limit = Math.min(MAX_EVENTS, Math.floor(MAX_EVENTS_A_BATCH / userIds.length));
    const found = await historiesOf(userIds, limit);
    if (limit === MAX_EVENTS) return found;
    const all = new Map(found);
    for (const [userId, events] of found) {
      if (events.length < limit) continue;
      all.set(userId, (await historiesOf([userId], MAX_EVENTS)).get(userId) ?? []);
    }
    return all;
  }

  #keep(
    userIds: readonly string[],
    found: ReadonlyMap<string, readonly HistoryEvent[]>,
    { changed, abandoned }: Lookup,
  ): ReadonlyMap<string, History> {
    const histories = new Map<string, History>();
    for (const userId of userIds) {
      this.#revisions++;
      const history = { events: found.get(userId) ?? [], revision: this.#revisions };
      histories.set(userId, history);
      if (!abandoned && !changed.has(userId)) this.#cache.set(userId, history);
    }
    return histories;
  }
}
