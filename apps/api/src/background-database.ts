import { SommelierError } from '@sommelier/contracts';
import type { Database, DatabaseProvider, Logger } from '@sommelier/platform';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;

/**
 * A database that is opened in the background, again and again until it can be, so that a replica starts and stays
 * up without it. Until then its stores throw `database-unavailable`.
 */
export class BackgroundDatabase implements Database {
  readonly provider: DatabaseProvider;
  /** Resolves when the database has been opened, or could not be at the first attempt. Never rejects. */
  readonly firstAttempt: Promise<void>;
  readonly #open: () => Promise<Database>;
  readonly #logger: Logger;
  #database: Database | undefined;
  #lastError: unknown;
  #timer: NodeJS.Timeout | undefined;
  #opening: Promise<void>;
  #closed = false;

  constructor(provider: DatabaseProvider, open: () => Promise<Database>, logger: Logger) {
    this.provider = provider;
    this.#open = open;
    this.#logger = logger;
    this.firstAttempt = this.#tryToOpen(FIRST_RETRY_MS);
    this.#opening = this.firstAttempt;
  }

  get events(): Database['events'] {
    return this.#opened().events;
  }

  get items(): Database['items'] {
    return this.#opened().items;
  }

  get changes(): Database['changes'] {
    return this.#opened().changes;
  }

  get trainingRuns(): Database['trainingRuns'] {
    return this.#opened().trainingRuns;
  }

  get models(): Database['models'] {
    return this.#opened().models;
  }

  get replicaLeases(): Database['replicaLeases'] {
    return this.#opened().replicaLeases;
  }

  get erasures(): Database['erasures'] {
    return this.#opened().erasures;
  }

  get schedules(): Database['schedules'] {
    return this.#opened().schedules;
  }

  get queueState(): Database['queueState'] {
    return this.#opened().queueState;
  }

  get apiKeys(): Database['apiKeys'] {
    return this.#opened().apiKeys;
  }

  async ping(): Promise<void> {
    await this.#opened().ping();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#opening;
    await this.#database?.close();
  }

  #opened(): Database {
    if (this.#database !== undefined) return this.#database;
    const message =
      this.#lastError instanceof Error ? this.#lastError.message : 'The database is not open yet.';
    throw new SommelierError('database-unavailable', message, { cause: this.#lastError });
  }

  async #tryToOpen(retryMs: number): Promise<void> {
    try {
      this.#database = await this.#open();
      if (this.#lastError !== undefined) this.#logger.info('the database is open');
    } catch (error) {
      if (this.#lastError === undefined) {
        this.#logger.warn({ err: error }, 'the database cannot be opened; trying again until it can');
      }
      this.#lastError = error;
      if (this.#closed) return;
      this.#timer = setTimeout(() => {
        this.#opening = this.#tryToOpen(Math.min(2 * retryMs, MAX_RETRY_MS));
      }, retryMs);
    }
  }
}
