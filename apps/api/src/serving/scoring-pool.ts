import { SommelierError } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import type { FromScoringThread, ScoreRequest, ScoreResult, SharedModel } from './scoring-protocol.ts';
import { type ScoringWorker, startScoringWorker } from './scoring-worker.ts';

export interface ScoringLimits {
  /** Threads that score. */
  readonly threads: number;
  /** Requests that wait for a thread; one more is answered with `overloaded`. */
  readonly maxWaiting: number;
  /** Time from the request to its answer, waiting included. */
  readonly deadlineMs: number;
  /** A thread that works on one request for longer than this is replaced. */
  readonly hangMs: number;
  /** Time that a thread has to verify the model. */
  readonly loadTimeoutMs: number;
  /** Pause before a dead thread is replaced, doubled for each further failure in a row. */
  readonly respawnDelayMs: number;
}

export const DEFAULT_SCORING_LIMITS: ScoringLimits = {
  threads: 1,
  maxWaiting: 1_000,
  deadlineMs: 5_000,
  hangMs: 15_000,
  loadTimeoutMs: 300_000,
  respawnDelayMs: 50,
};

const MAX_RESPAWN_DELAY_MS = 10_000;
/** How often a request is given to a thread: once more when its thread died. */
const MAX_ATTEMPTS = 2;

interface PendingRequest {
  readonly request: ScoreRequest;
  readonly resolve: (result: ScoreResult) => void;
  readonly reject: (error: SommelierError) => void;
  readonly deadline: NodeJS.Timeout;
  attempts: number;
  settled: boolean;
}

/** A place for a thread; the thread in it may die and be replaced. */
interface Slot {
  readonly index: number;
  worker: ScoringWorker | undefined;
  current:
    | { readonly id: number; readonly pending: PendingRequest; readonly hang: NodeJS.Timeout }
    | undefined;
  failuresInARow: number;
}

/**
 * Threads that score requests on one model. Requests wait in one bounded line; each thread works on one at a time.
 * A thread that dies or hangs is replaced, and its request given to a thread once more.
 */
export class ScoringPool {
  readonly #entry: URL;
  readonly #model: SharedModel;
  readonly #limits: ScoringLimits;
  readonly #logger: Logger;
  readonly #slots: Slot[] = [];
  readonly #waiting: PendingRequest[] = [];
  readonly #respawns = new Set<NodeJS.Timeout>();
  readonly #closing = new AbortController();
  #nextId = 1;

  private constructor(entry: URL, model: SharedModel, limits: ScoringLimits, logger: Logger) {
    this.#entry = entry;
    this.#model = model;
    this.#limits = limits;
    this.#logger = logger;
  }

  /**
   * Starts all threads and waits until each has verified the model, or the signal says that it is not wanted.
   * @throws SommelierError what the first failing thread says; nothing is left running then.
   */
  static async open(
    entry: URL,
    model: SharedModel,
    limits: ScoringLimits,
    logger: Logger,
    signal: AbortSignal,
  ): Promise<ScoringPool> {
    const pool = new ScoringPool(entry, model, limits, logger);
    const abandon = () => pool.#closing.abort();
    signal.addEventListener('abort', abandon);
    for (let index = 0; index < limits.threads; index++) {
      pool.#slots.push({ index, worker: undefined, current: undefined, failuresInARow: 0 });
    }
    try {
      await Promise.all(pool.#slots.map((slot) => pool.#fill(slot)));
    } catch (error) {
      await pool.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    return pool;
  }

  /** @throws SommelierError `overloaded` when the line is full or the deadline passes; `internal` after two deaths. */
  score(request: ScoreRequest): Promise<ScoreResult> {
    if (this.#closing.signal.aborted)
      return Promise.reject(new SommelierError('internal', 'The scoring threads were stopped.'));
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      const message = `${this.#waiting.length} requests are waiting already; try again later.`;
      return Promise.reject(new SommelierError('overloaded', message));
    }
    return new Promise((resolve, reject) => {
      const pending: PendingRequest = {
        request,
        resolve,
        reject,
        deadline: setTimeout(() => this.#expire(pending), this.#limits.deadlineMs),
        attempts: 0,
        settled: false,
      };
      this.#waiting.push(pending);
      this.#dispatch();
    });
  }

  /** Ends all threads; requests that are not answered yet fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#respawns) clearTimeout(timer);
    const stopped = new SommelierError('internal', 'The scoring threads were stopped.');
    for (const pending of this.#waiting.splice(0)) settle(pending, () => pending.reject(stopped));
    await Promise.all(
      this.#slots.map(async (slot) => {
        const pending = this.#release(slot);
        if (pending !== undefined) settle(pending, () => pending.reject(stopped));
        await slot.worker?.terminate();
      }),
    );
  }

  async #fill(slot: Slot): Promise<void> {
    const load = { timeoutMs: this.#limits.loadTimeoutMs, signal: this.#closing.signal };
    const data = { ...this.#model, slot: slot.index };
    const worker = await startScoringWorker(this.#entry, data, load, {
      onAnswer: (answer) => this.#answer(slot, answer),
      onGone: (reason) => this.#gone(slot, reason),
    });
    if (this.#closing.signal.aborted) return worker.terminate();
    slot.worker = worker;
    this.#dispatch();
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.worker === undefined || slot.current !== undefined) continue;
      const pending = this.#waiting.shift();
      if (pending === undefined) return;
      const id = this.#nextId++;
      pending.attempts++;
      const hang = setTimeout(() => this.#hangs(slot), this.#limits.hangMs);
      slot.current = { id, pending, hang };
      slot.worker.send(id, pending.request);
    }
  }

  #answer(slot: Slot, answer: Extract<FromScoringThread, { id: number }>): void {
    if (slot.current?.id !== answer.id) return;
    const pending = this.#release(slot);
    slot.failuresInARow = 0;
    if (pending !== undefined) {
      settle(pending, () => {
        if (answer.type === 'scored') pending.resolve(answer.result);
        else pending.reject(new SommelierError(answer.error.code, answer.error.message));
      });
    }
    this.#dispatch();
  }

  #release(slot: Slot): PendingRequest | undefined {
    const current = slot.current;
    if (current === undefined) return undefined;
    clearTimeout(current.hang);
    slot.current = undefined;
    return current.pending;
  }

  #expire(pending: PendingRequest): void {
    const index = this.#waiting.indexOf(pending);
    if (index >= 0) this.#waiting.splice(index, 1);
    const message = `The answer took longer than ${this.#limits.deadlineMs} ms; try again later.`;
    settle(pending, () => pending.reject(new SommelierError('overloaded', message)));
  }

  #hangs(slot: Slot): void {
    this.#logger.error({ hangMs: this.#limits.hangMs }, 'a scoring thread hangs and is replaced');
    // Its exit event does the rest.
    void slot.worker?.terminate();
  }

  #gone(slot: Slot, reason: string): void {
    slot.worker = undefined;
    const pending = this.#release(slot);
    if (this.#closing.signal.aborted) return;
    this.#logger.error({ reason }, 'a scoring thread died and is replaced');
    if (pending !== undefined && !pending.settled) {
      if (pending.attempts < MAX_ATTEMPTS) {
        this.#waiting.unshift(pending);
        this.#dispatch();
      } else {
        const message = 'The scoring thread died twice while it worked on this request.';
        settle(pending, () => pending.reject(new SommelierError('internal', message)));
      }
    }
    this.#respawn(slot);
  }

  #respawn(slot: Slot): void {
    const delayMs = Math.min(this.#limits.respawnDelayMs * 2 ** slot.failuresInARow, MAX_RESPAWN_DELAY_MS);
    slot.failuresInARow++;
    const timer = setTimeout(() => {
      this.#respawns.delete(timer);
      this.#fill(slot).catch((error: unknown) => {
        if (this.#closing.signal.aborted) return;
        this.#logger.error({ err: error }, 'a scoring thread could not be replaced; trying again');
        this.#respawn(slot);
      });
    }, delayMs);
    this.#respawns.add(timer);
  }
}

function settle(pending: PendingRequest, answer: () => void): void {
  if (pending.settled) return;
  pending.settled = true;
  clearTimeout(pending.deadline);
  answer();
}
