import { timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiKeyStore, Logger } from '@sommelier/platform';
import { hashOfToken, idOfToken } from '@sommelier/platform';
import type { Principal } from './principal.ts';

/** How often the keys are read again: a key that is revoked works at most this long, and the time of a read. */
const POLL_MS = 2_000;
/** An unknown key makes them be read at once, but not more often than this. */
const LEAST_WAIT_MS = 500;
/** How often the time of a key's last use is written. */
const NOTE_USE_MS = 60_000;
const WAIT_STEP_MS = 50;

/**
 * `unread`: the database has not answered yet; `open`: there is no key at all; `locked`: there is, or was, one.
 */
export type KeyTableState = 'unread' | 'open' | 'locked';

export interface KeyTableParts {
  readonly store: () => Pick<ApiKeyStore, 'list' | 'noteUse'>;
  readonly logger: Logger;
  /** For what is written down (Unix ms). */
  readonly now: () => number;
  /** A clock that is never set: milliseconds since any moment. */
  readonly monotonicMs: () => number;
  /** A key that is known from the start, with every role. */
  readonly fixed?: { readonly token: string; readonly principal: Omit<Principal, 'fingerprint'> };
  /** Whether nobody but this machine can ask, so that no key at all means that everybody may do everything. */
  readonly mayBeOpen: boolean;
}

/**
 * The keys of the installation in memory. What was read last holds while the database is away. Once there was a key,
 * the table stays locked, also when the last key is revoked or deleted.
 */
export class KeyTable {
  readonly #parts: KeyTableParts;
  readonly #fixed: Principal | undefined;
  #principals = new Map<string, Principal>();
  readonly #usedAtMs = new Map<string, number>();
  #state: KeyTableState;
  #isEmpty: boolean;
  #lastError: unknown;
  #reading: Promise<void> | undefined;
  #soon: Promise<void> | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #notedAtMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: KeyTableParts) {
    this.#parts = parts;
    const { fixed } = parts;
    this.#fixed = fixed && { ...fixed.principal, fingerprint: hashOfToken(fixed.token) };
    this.#state = fixed === undefined ? 'unread' : 'locked';
    this.#isEmpty = fixed === undefined;
    this.#notedAtMs = parts.monotonicMs();
  }

  get state(): KeyTableState {
    return this.#state;
  }

  /** Whether there has never been a key that could be read, nor one that is known from the start. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Why the keys could not be read the last time; undefined when they could. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Whose key this is; undefined for one that is unknown, revoked, or no key. Takes the same time whatever differs. */
  find(token: string): Principal | undefined {
    const hash = hashOfToken(token);
    if (this.#fixed !== undefined && timingSafeEqual(hash, this.#fixed.fingerprint)) return this.#fixed;
    const id = idOfToken(token);
    const principal = id === undefined ? undefined : this.#principals.get(id);
    // The id is no secret: that it is unknown may be seen.
    if (principal === undefined || !timingSafeEqual(hash, principal.fingerprint)) return undefined;
    this.#usedAtMs.set(principal.id, this.#parts.now());
    return principal;
  }

  /** The holder of a key's id, as long as the key is good. */
  holder(id: string): Principal | undefined {
    return this.#fixed?.id === id ? this.#fixed : this.#principals.get(id);
  }

  /** Reads the keys every two seconds; waits for the first time, at most `waitMs`. */
  async start(waitMs: number): Promise<void> {
    this.#timer = setInterval(() => void this.refresh(), POLL_MS);
    const deadline = performance.now() + waitMs;
    await this.refresh();
    while (this.#state === 'unread' && performance.now() < deadline) {
      await sleep(WAIT_STEP_MS);
      await this.refresh();
    }
  }

  /** Reads the keys now; calls while it is being read share one read. Never rejects. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Reads the keys because of one that is unknown: at once, or half a second after they were read last, so that it is
   * no way to make the database work. Never rejects.
   */
  refreshForUnknown(): Promise<void> {
    this.#soon ??= this.#waitAndRefresh();
    return this.#soon;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
    await this.#noteUses();
  }

  async #waitAndRefresh(): Promise<void> {
    await sleep(Math.max(0, this.#readAtMs + LEAST_WAIT_MS - this.#parts.monotonicMs()));
    // Who asks from here on may mean a key that this read is too early for.
    this.#soon = undefined;
    await this.refresh();
  }

  async #read(): Promise<void> {
    const { store, logger, monotonicMs, mayBeOpen } = this.#parts;
    this.#readAtMs = monotonicMs();
    try {
      const keys = await store().list();
      if (this.#lastError !== undefined) logger.info('the keys of the API are read again');
      this.#lastError = undefined;
      const isOpen = keys.length === 0 && mayBeOpen && this.#state !== 'locked';
      const good = keys.filter((key) => key.revokedAtMs === null && /^[0-9a-f]{64}$/.test(key.hash));
      this.#principals = new Map(
        good.map(({ id, name, roles, hash }) => [
          id,
          { id, name, roles, fingerprint: Buffer.from(hash, 'hex') },
        ]),
      );
      if (keys.length > 0) this.#isEmpty = false;
      this.#state = isOpen ? 'open' : 'locked';
    } catch (error) {
      if (this.#lastError === undefined) {
        logger.warn({ err: error }, 'the keys of the API cannot be read; those that were read last hold');
      }
      this.#lastError = error;
      return;
    }
    if (monotonicMs() - this.#notedAtMs >= NOTE_USE_MS) await this.#noteUses();
  }

  async #noteUses(): Promise<void> {
    this.#notedAtMs = this.#parts.monotonicMs();
    const uses = [...this.#usedAtMs];
    this.#usedAtMs.clear();
    try {
      for (const [id, atMs] of uses) await this.#parts.store().noteUse(id, atMs);
    } catch (error) {
      this.#parts.logger.debug({ err: error }, 'the last use of a key could not be written');
    }
  }
}
