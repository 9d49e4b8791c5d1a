import { type ActiveModel, SommelierError } from '@sommelier/contracts';
import type { IdTable } from '@sommelier/ncf';
import type { Logger } from '@sommelier/platform';
import { publicError } from '../../http/public-message.ts';
import type { ReloadObserver } from '../../metrics/reload-meter.ts';
import type { ScoreRequest, ScoreResult } from '../scoring/scoring-protocol.ts';

/** A verified model with the threads that score on it. */
export interface ServableModel {
  readonly version: string;
  readonly generation: number;
  /** Ids of the model's items by index. */
  readonly itemIds: IdTable;
  score(request: ScoreRequest): Promise<ScoreResult>;
  /** Frees threads and memory. */
  close(): Promise<void>;
}

export interface ModelHolderParts {
  /** Reads the row that says which model is to be served. */
  readonly readActive: () => Promise<ActiveModel | undefined>;
  /**
   * Fetches and verifies a model beside the one that serves; rejects when it must not be served, or the
   * signal says that it is not wanted any more.
   */
  readonly load: (active: ActiveModel, signal: AbortSignal) => Promise<ServableModel>;
  readonly logger: Logger;
  readonly observer: ReloadObserver;
  /** For what is told (Unix ms). */
  readonly now: () => number;
  /** A clock that is never set: milliseconds since any moment. */
  readonly monotonicMs: () => number;
  /** Pause before a model that could not be loaded is tried again, doubled with each failure. */
  readonly retryDelayMs: number;
}

export interface ReloadError {
  /** Version that could not be loaded; null when not even the row could be read. */
  readonly version: string | null;
  readonly generation: number | null;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
  readonly failures: number;
}

/** What a replica serves, and what went wrong when it last tried to serve something else. */
export interface ServingStatus {
  readonly version: string | null;
  readonly generation: number | null;
  readonly loadedAtMs: number | null;
  readonly lastReloadError: ReloadError | null;
}

interface HeldModel {
  readonly model: ServableModel;
  readonly loadedAtMs: number;
  requests: number;
  retired: boolean;
}

const MAX_RETRY_DELAY_MS = 60_000;

/**
 * Holds the model that is served. `refresh` brings it in line with the row; everything else is a reason to call it.
 * A request runs on the model that it began with; the old one is closed when its last request has ended. Whatever
 * fails, the last good model stays.
 */
export class ModelHolder {
  readonly #parts: ModelHolderParts;
  #held: HeldModel | undefined;
  #readError: ReloadError | null = null;
  #loadError: ReloadError | null = null;
  /** Until when the model that failed is left alone, by the clock that is never set. */
  #retryAtMs = 0;
  #refreshing: Promise<void> | undefined;
  #again = false;
  readonly #closing = new AbortController();

  constructor(parts: ModelHolderParts) {
    this.#parts = parts;
  }

  /**
   * Re-reads the row and, when the generation differs, swaps to its model. Never rejects. A call during a refresh
   * makes that one look once more, since it may have read the row too early.
   */
  refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refreshUntilSettled().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Runs a request on the model that is served now. @throws SommelierError `no-model` */
  async withModel<T>(use: (model: ServableModel) => Promise<T>): Promise<T> {
    const held = this.#held;
    if (held === undefined) throw new SommelierError('no-model', this.#whyNoModel());
    held.requests++;
    try {
      return await use(held.model);
    } finally {
      held.requests--;
      this.#closeWhenUnused(held);
    }
  }

  /** Generation of the model that is served. */
  get generation(): number | null {
    return this.#held?.model.generation ?? null;
  }

  status(): ServingStatus {
    return {
      version: this.#held?.model.version ?? null,
      generation: this.#held?.model.generation ?? null,
      loadedAtMs: this.#held?.loadedAtMs ?? null,
      lastReloadError: this.#readError ?? this.#loadError,
    };
  }

  /** Gives up what is loading, and closes the model as soon as its last request has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#refreshing;
    this.#swap(undefined);
  }

  #whyNoModel(): string {
    const error = this.#readError ?? this.#loadError;
    if (error === null) return 'No model is loaded yet.';
    const subject =
      error.version === null ? 'The active model could not be read' : `${error.version} was refused`;
    return `No model is loaded yet. ${subject}: ${error.message}`;
  }

  async #refreshUntilSettled(): Promise<void> {
    do {
      this.#again = false;
      await this.#refreshOnce();
    } while (this.#again && !this.#closing.signal.aborted);
  }

  async #refreshOnce(): Promise<void> {
    let active: ActiveModel | undefined;
    try {
      active = await this.#parts.readActive();
    } catch (error) {
      this.#readFailed(error);
      return;
    }
    this.#readError = null;
    if (active === undefined) return;
    if (active.generation === this.#held?.model.generation) this.#loadError = null;
    else if (!this.#isTooEarly(active)) await this.#load(active);
  }

  async #load(active: ActiveModel): Promise<void> {
    const { version, generation } = active;
    const startedMs = this.#parts.monotonicMs();
    let model: ServableModel;
    try {
      model = await this.#parts.load(active, this.#closing.signal);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#loadFailed(active, error);
      return;
    }
    if (this.#closing.signal.aborted) return model.close();
    const loadedAtMs = this.#parts.now();
    const loadMs = Math.round(this.#parts.monotonicMs() - startedMs);
    const previous = this.#held?.model.version ?? null;
    this.#swap({ model, loadedAtMs, requests: 0, retired: false });
    this.#loadError = null;
    this.#parts.observer.swapped(loadMs / 1_000);
    this.#parts.logger.info({ version, generation, previous, loadMs }, 'serving another model');
  }

  #swap(next: HeldModel | undefined): void {
    const previous = this.#held;
    this.#held = next;
    if (previous === undefined) return;
    previous.retired = true;
    this.#closeWhenUnused(previous);
  }

  #closeWhenUnused(held: HeldModel): void {
    if (!held.retired || held.requests > 0) return;
    held.model.close().catch((error: unknown) => {
      this.#parts.logger.error({ err: error, version: held.model.version }, 'a model could not be freed');
    });
  }

  /** A generation that failed is left alone for a while; another one is tried at once. */
  #isTooEarly(active: ActiveModel): boolean {
    const last = this.#loadError;
    if (last === null || last.generation !== active.generation) return false;
    return this.#parts.monotonicMs() < this.#retryAtMs;
  }

  #readFailed(error: unknown): void {
    const failures = (this.#readError?.failures ?? 0) + 1;
    this.#readError = { version: null, generation: null, failures, ...this.#noteFailure(error) };
    // A database that is away would fill the log at every poll: only the first failure is said aloud.
    this.#parts.logger[failures === 1 ? 'error' : 'debug'](
      { err: error, failures },
      'the active model could not be read',
    );
  }

  #loadFailed({ version, generation }: ActiveModel, error: unknown): void {
    const last = this.#loadError;
    const failures = last?.generation === generation ? last.failures + 1 : 1;
    this.#loadError = { version, generation, failures, ...this.#noteFailure(error) };
    const delayMs = Math.min(this.#parts.retryDelayMs * 2 ** (failures - 1), MAX_RETRY_DELAY_MS);
    this.#retryAtMs = this.#parts.monotonicMs() + delayMs;
    this.#parts.logger.error(
      { err: error, version, generation, failures, stillServing: this.#held?.model.version ?? null },
      'the model was refused; the last good one serves on',
    );
  }

  #noteFailure(error: unknown): { code: string; message: string; atMs: number } {
    const described = publicError(error);
    this.#parts.observer.failed(described.code);
    return { ...described, atMs: this.#parts.now() };
  }
}
