import type { LimitsConfig } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';

/** Kinds of requests that are counted apart. */
export type LimitClass = 'recommend' | 'ingest' | 'operate' | 'refused';

const WINDOW_MS = 60_000;
/** How long a replica counts by itself before it adds that to the count of all. */
const SETTLE_MS = 250;
/** It does so sooner when it has let this part of the limit through. */
const EARLY_PART = 1 / 20;
/** Most callers that are counted at a time; the ones that were seen first make room. */
const MAX_CALLERS = 20_000;

/** Counts of all replicas together, each for a minute from its first request on. */
export interface SharedCounts {
  /** Adds to a count. Rejects when it cannot be reached. */
  add(name: string, requests: number): Promise<{ total: number; msLeft: number }>;
}

/** Where a caller stands after a request. */
export interface RateState {
  readonly allowed: boolean;
  readonly limitClass: LimitClass;
  readonly limit: number;
  readonly remaining: number;
  readonly secondsLeft: number;
}

interface Count {
  readonly name: string;
  readonly limit: number;
  /** Of all replicas, when it was last asked. */
  total: number;
  /** Let through here and not yet added to the count of all. */
  unsettled: number;
  /** On their way there. */
  settling: number;
  endsAtMs: number;
}

/**
 * Limits requests by caller and class, for all replicas together. A request is decided from memory; what was let
 * through is added to the shared count every quarter of a second, or as soon as it is a twentieth of the limit. So
 * callers who spread their requests over R replicas get at most about (1 + (R - 1) / 20) times the limit, and R times
 * while the shared counts cannot be reached.
 */
export class RateLimits {
  readonly #limits: Readonly<Record<LimitClass, number>>;
  readonly #shared: SharedCounts;
  readonly #logger: Logger;
  /** Never set: windows that a clock was set back from would not end. */
  readonly #monotonicMs: () => number;
  readonly #counts = new Map<string, Count>();
  readonly #dirty = new Set<Count>();
  readonly #timer: NodeJS.Timeout;
  #away = false;

  constructor(parts: {
    limits: LimitsConfig;
    shared: SharedCounts;
    logger: Logger;
    monotonicMs: () => number;
  }) {
    const { limits } = parts;
    this.#limits = {
      recommend: limits.recommendPerMinute,
      ingest: limits.ingestPerMinute,
      operate: limits.operatePerMinute,
      refused: limits.refusedPerMinute,
    };
    this.#shared = parts.shared;
    this.#logger = parts.logger;
    this.#monotonicMs = parts.monotonicMs;
    this.#timer = setInterval(() => void this.settle(), SETTLE_MS);
    this.#timer.unref();
  }

  /** Counts a request unless the caller is at the limit; undefined when there is none. Never waits. */
  take(limitClass: LimitClass, caller: string): RateState | undefined {
    const limit = this.#limits[limitClass];
    if (limit === 0) return undefined;
    const nowMs = this.#monotonicMs();
    const count = this.#countOf(`${limitClass}:${caller}`, limit, nowMs);
    const used = count.total + count.settling + count.unsettled;
    const allowed = used < limit;
    if (allowed) {
      count.unsettled++;
      this.#dirty.add(count);
      const isMuch = count.unsettled >= limit * EARLY_PART;
      if (isMuch && count.settling === 0 && !this.#away) void this.#settle(count);
    }
    const remaining = Math.max(0, limit - used - (allowed ? 1 : 0));
    return {
      allowed,
      limitClass,
      limit,
      remaining,
      secondsLeft: Math.ceil((count.endsAtMs - nowMs) / 1_000),
    };
  }

  /** Whether a caller is at the limit; counts nothing. */
  isExhausted(limitClass: LimitClass, caller: string): boolean {
    const limit = this.#limits[limitClass];
    const count = this.#counts.get(`${limitClass}:${caller}`);
    if (limit === 0 || count === undefined || this.#monotonicMs() >= count.endsAtMs) return false;
    return count.total + count.settling + count.unsettled >= limit;
  }

  /** Adds everything that was counted here to the shared counts. Never rejects. */
  async settle(): Promise<void> {
    const nowMs = this.#monotonicMs();
    const counts = [...this.#dirty];
    for (const count of counts) if (nowMs >= count.endsAtMs) this.#dirty.delete(count);
    await Promise.all(counts.filter((count) => this.#dirty.has(count)).map((count) => this.#settle(count)));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.settle();
  }

  #countOf(name: string, limit: number, nowMs: number): Count {
    const known = this.#counts.get(name);
    if (known !== undefined && nowMs < known.endsAtMs) return known;
    const count = { name, limit, total: 0, unsettled: 0, settling: 0, endsAtMs: nowMs + WINDOW_MS };
    if (known !== undefined) this.#counts.delete(name);
    else if (this.#counts.size >= MAX_CALLERS) {
      const [first] = this.#counts.keys();
      if (first !== undefined) this.#counts.delete(first);
    }
    this.#counts.set(name, count);
    return count;
  }

  async #settle(count: Count): Promise<void> {
    if (count.settling > 0 || count.unsettled === 0) return;
    const requests = count.unsettled;
    count.settling = requests;
    count.unsettled = 0;
    this.#dirty.delete(count);
    try {
      const { total, msLeft } = await this.#shared.add(count.name, requests);
      count.total = total;
      count.endsAtMs = this.#monotonicMs() + Math.min(Math.max(0, msLeft), WINDOW_MS);
      this.#note(undefined);
    } catch (error) {
      // Counted here all the same: alone, this replica still holds to the limit.
      count.unsettled += requests;
      this.#note(error);
    }
    count.settling = 0;
    if (count.unsettled > 0) this.#dirty.add(count);
  }

  #note(error: unknown): void {
    const away = error !== undefined;
    if (away && !this.#away) {
      this.#logger.warn({ err: error }, 'requests are counted by each replica alone until Redis is back');
    }
    if (!away && this.#away) this.#logger.info('requests are counted for all replicas together again');
    this.#away = away;
  }
}
