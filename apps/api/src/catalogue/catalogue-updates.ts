import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@sommelier/platform';
import { publicError } from '../http/public-message.ts';
import type { ItemCatalogue } from './item-catalogue.ts';

/** More ids than this waiting are worth a full load. */
const MAX_WAITING_IDS = 50_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;

export interface CatalogueStatus {
  readonly loaded: boolean;
  readonly items: number;
  readonly revision: number;
  /** Why what the database says is not known yet; null when nothing went wrong since. */
  readonly lastError: {
    readonly code: string;
    readonly message: string;
    readonly atMs: number;
    readonly failures: number;
  } | null;
}

export interface CatalogueUpdatesParts {
  readonly catalogue: Pick<
    ItemCatalogue,
    'reloadAll' | 'reloadCategories' | 'refresh' | 'isWorn' | 'isLoaded' | 'itemCount' | 'revision'
  >;
  readonly logger: Logger;
  /** Unix ms. */
  readonly now: () => number;
  /** Pause after the first failure, doubled with each further one. */
  readonly retryDelayMs?: number;
}

/**
 * Brings the catalogue in line with the database: what is said to have changed waits in one line and is read one after
 * the other; what fails is tried again, with longer and longer pauses, until it succeeds.
 */
export class CatalogueUpdates {
  readonly #parts: CatalogueUpdatesParts;
  readonly #closing = new AbortController();
  #all = false;
  #categories = false;
  #ids = new Set<string>();
  #working: Promise<void> | undefined;
  #lastError: CatalogueStatus['lastError'] = null;

  constructor(parts: CatalogueUpdatesParts) {
    this.#parts = parts;
  }

  /** Some items are not as they were, or any may be; also how the first load begins. */
  itemsChanged(itemIds: readonly string[] | 'all'): void {
    if (itemIds === 'all') this.#all = true;
    else for (const itemId of itemIds) this.#ids.add(itemId);
    if (this.#ids.size > MAX_WAITING_IDS) this.#all = true;
    this.#work();
  }

  categoriesChanged(): void {
    this.#categories = true;
    this.#work();
  }

  status(): CatalogueStatus {
    const { isLoaded, itemCount, revision } = this.#parts.catalogue;
    return { loaded: isLoaded, items: itemCount, revision, lastError: this.#lastError };
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Gives up what waits. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  get #isWaiting(): boolean {
    return this.#all || this.#categories || this.#ids.size > 0;
  }

  #work(): void {
    if (this.#closing.signal.aborted) return;
    this.#working ??= this.#workUntilDone().finally(() => {
      this.#working = undefined;
      // What came between the last look and now would wait for the next change.
      if (this.#isWaiting) this.#work();
    });
  }

  async #workUntilDone(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#isWaiting && !signal.aborted) {
      if (await this.#step()) continue;
      const pauseMs = (this.#parts.retryDelayMs ?? FIRST_RETRY_MS) * 2 ** (this.#lastError!.failures - 1);
      await setTimeout(Math.min(pauseMs, MAX_RETRY_MS), undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Reads one thing that waits; whether that went well. What fails waits again. */
  async #step(): Promise<boolean> {
    const { catalogue } = this.#parts;
    const [all, categories, ids] = [this.#all || catalogue.isWorn, this.#categories, this.#ids];
    this.#all = false;
    this.#categories = false;
    this.#ids = new Set();
    const startedAtMs = this.#parts.now();
    try {
      if (all || !catalogue.isLoaded) await catalogue.reloadAll();
      else {
        if (categories) await catalogue.reloadCategories();
        await catalogue.refresh([...ids]);
      }
    } catch (error) {
      this.#all ||= all;
      this.#categories ||= categories;
      for (const id of ids) this.#ids.add(id);
      this.#failed(error);
      return false;
    }
    this.#lastError = null;
    const { itemCount: items, revision } = catalogue;
    const figures = { items, revision, ms: this.#parts.now() - startedAtMs };
    this.#parts.logger[all ? 'info' : 'debug'](figures, 'the catalogue is up to date');
    return true;
  }

  #failed(error: unknown): void {
    const failures = (this.#lastError?.failures ?? 0) + 1;
    this.#lastError = { ...publicError(error), atMs: this.#parts.now(), failures };
    // A database that is away would fill the log: only the first failure is said aloud.
    this.#parts.logger[failures === 1 ? 'warn' : 'debug'](
      { err: error, failures },
      'items could not be read; the catalogue is as it was, and they are tried again',
    );
  }
}
