import { SommelierError } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import type { ScoreRequest, ScoreResult, SharedModel } from './scoring-protocol.ts';
import { type PlaceLimits, ThreadPlace } from './thread-place.ts';
import { type LineLimits, WaitingLine } from './waiting-line.ts';

export interface ScoringLimits extends LineLimits, PlaceLimits {
  /** Threads that score. */
  readonly threads: number;
  /** Requests that wait for a thread; one more is answered with `overloaded`. */
  readonly maxWaiting: number;
  /** Time from the request to its answer, waiting included. */
  readonly deadlineMs: number;
}

export const DEFAULT_SCORING_LIMITS: ScoringLimits = {
  threads: 1,
  maxWaiting: 1_000,
  deadlineMs: 5_000,
  hangMs: 15_000,
  openTimeoutMs: 60_000,
  respawnDelayMs: 50,
};

/** A model that all threads of a pool have open. */
export interface OpenModel {
  /** @throws SommelierError `overloaded` when the line is full or the deadline passes; `internal` after two deaths. */
  score(request: ScoreRequest): Promise<ScoreResult>;
  /** Has the threads forget it; requests on it that still wait fail. */
  close(): void;
}

/**
 * Threads that score requests, as long as the process lives, on whatever models are open. Requests wait in one bounded
 * line; a free thread takes the first one, and with it as many of those behind it as it can rank in one pass over the
 * items. A thread that dies or hangs is replaced, and its requests given to a thread once more, one by one.
 */
export class ScoringPool {
  readonly #places: readonly ThreadPlace[];
  readonly #models = new Map<number, SharedModel>();
  readonly #line: WaitingLine;
  #nextKey = 1;
  #closed = false;

  /** Starts the threads. */
  constructor(entry: URL, limits: ScoringLimits, logger: Logger) {
    this.#line = new WaitingLine(limits);
    const parts = {
      entry,
      limits,
      logger,
      models: this.#models,
      onFree: () => this.#dispatch(),
    };
    this.#places = Array.from(
      { length: limits.threads },
      (_, index) =>
        new ThreadPlace(index, {
          ...parts,
          onLost: (lost) => {
            this.#line.retry(lost);
            this.#dispatch();
          },
        }),
    );
  }

  /** Number of threads, each of which has a place of its own in a model's memory. */
  get threads(): number {
    return this.#places.length;
  }

  /** Requests that wait for a thread. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Requests that were refused since too many waited. */
  get refused(): number {
    return this.#line.refused;
  }

  /** Requests that were not answered in time. */
  get late(): number {
    return this.#line.late;
  }

  /** Whether any model is open. */
  get isServing(): boolean {
    return this.#models.size > 0;
  }

  /**
   * Opens a model in one thread after the other, so that the others serve on, and has each answer the warm-up.
   * @throws SommelierError what the first failing thread says, or `internal` when the signal says that the model is not
   * wanted any more; it is open nowhere then.
   */
  async open(model: SharedModel, signal: AbortSignal): Promise<OpenModel> {
    if (this.#closed) throw stopped();
    const key = this.#nextKey++;
    const unwanted = () => new SommelierError('internal', 'The model is not wanted any more.');
    const abandon = () => this.#forget(key, unwanted());
    this.#models.set(key, model);
    signal.addEventListener('abort', abandon);
    try {
      for (const place of this.#places) {
        if (signal.aborted) throw unwanted();
        await place.open(key);
        for (const request of model.warmUp) {
          if (signal.aborted) throw unwanted();
          const answer = this.#line.joinFor(place.index, key, request);
          this.#dispatch();
          await answer;
        }
      }
    } catch (error) {
      abandon();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    return {
      score: (request) => this.#score(key, request),
      close: () => this.#forget(key, new SommelierError('internal', 'The model was closed.')),
    };
  }

  /** Ends all threads; requests that are not answered yet fail. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#line.fail(stopped());
    await Promise.all(this.#places.map((place) => place.terminate(stopped())));
    this.#models.clear();
  }

  #score(key: number, request: ScoreRequest): Promise<ScoreResult> {
    if (this.#closed || !this.#models.has(key)) return Promise.reject(stopped());
    const answer = this.#line.join(key, request);
    this.#dispatch();
    return answer;
  }

  #forget(key: number, error: SommelierError): void {
    if (!this.#models.delete(key)) return;
    this.#line.fail(error, key);
    for (const place of this.#places) place.close(key, error);
  }

  #dispatch(): void {
    for (const place of this.#places) {
      if (this.#line.length === 0) return;
      if (!place.isFree) continue;
      const taken = this.#line.take({
        index: place.index,
        has: (model) => place.has(model),
        atOnce: (model) => this.#atOnce(model),
      });
      if (taken.length > 0) place.work(taken);
    }
  }

  /** A fair share of what waits, so that no thread is left without work. */
  #atOnce(model: number): number {
    const most = this.#models.get(model)?.memory?.sizes.queries ?? 1;
    return Math.min(most, Math.ceil(this.#line.length / this.#places.length));
  }
}

function stopped(): SommelierError {
  return new SommelierError('internal', 'The scoring threads were stopped.');
}
