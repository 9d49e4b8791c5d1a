import { SommelierError } from '@sommelier/contracts';
import type { ScoreRequest, ScoreResult } from './scoring-protocol.ts';

/** How often a request is given to a thread: once more when its thread died. */
const MAX_ATTEMPTS = 2;

/** A request that is not answered yet. */
export interface WaitingRequest {
  /** Key of the model that is asked. */
  readonly model: number;
  readonly request: ScoreRequest;
  /** The only thread that may answer; absent: any. */
  readonly only?: number | undefined;
  /** Neither does anything when the request was answered before. */
  resolve(result: ScoreResult): void;
  reject(error: SommelierError): void;
  readonly settled: boolean;
  attempts: number;
}

export interface LineLimits {
  readonly maxWaiting: number;
  readonly deadlineMs: number;
}

/** A thread that is free, and what it can take. */
export interface FreeThread {
  readonly index: number;
  has(model: number): boolean;
  /** Most requests on a model that it takes at once. */
  atOnce(model: number): number;
}

/** The bounded line in which requests wait for threads, each until its deadline. */
export class WaitingLine {
  readonly #limits: LineLimits;
  #waiting: WaitingRequest[] = [];
  #refused = 0;
  #late = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Requests that found the line full. */
  get refused(): number {
    return this.#refused;
  }

  /** Requests whose deadline passed. */
  get late(): number {
    return this.#late;
  }

  /** @throws SommelierError `overloaded` (rejects) when the line is full or the deadline passes. */
  join(model: number, request: ScoreRequest): Promise<ScoreResult> {
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      this.#refused++;
      const message = `${this.#waiting.length} requests are waiting already; try again later.`;
      return Promise.reject(new SommelierError('overloaded', message));
    }
    return this.#add(model, request, undefined, this.#limits.deadlineMs);
  }

  /** For a warm-up: it waits for its turn on one thread, however long the line is. */
  joinFor(thread: number, model: number, request: ScoreRequest): Promise<ScoreResult> {
    return this.#add(model, request, thread, undefined);
  }

  /**
   * Takes the first request that the thread can answer and those right behind it on the same model. One that a thread
   * died of is taken alone, so that it takes no others with it.
   */
  take(thread: FreeThread): WaitingRequest[] {
    const mayTake = ({ only, model }: WaitingRequest) =>
      (only === undefined || only === thread.index) && thread.has(model);
    const from = this.#waiting.findIndex(mayTake);
    if (from < 0) return [];
    const { model, attempts } = this.#waiting[from]!;
    const most = attempts > 0 ? 1 : thread.atOnce(model);
    let to = from + 1;
    for (; to < this.#waiting.length && to - from < most; to++) {
      const next = this.#waiting[to]!;
      if (next.model !== model || next.attempts > 0 || !mayTake(next)) break;
    }
    const taken = this.#waiting.splice(from, to - from);
    for (const each of taken) each.attempts++;
    return taken;
  }

  /** Puts requests whose thread died to the front; those that came back twice fail. */
  retry(lost: readonly WaitingRequest[]): void {
    const left = lost.filter((each) => !each.settled);
    const message = 'The scoring thread died twice while it worked on this request.';
    for (const each of left) {
      if (each.attempts >= MAX_ATTEMPTS) each.reject(new SommelierError('internal', message));
    }
    this.#waiting.unshift(...left.filter((each) => !each.settled));
  }

  /** Fails all that wait; of one model, when there is a key. */
  fail(error: SommelierError, model?: number): void {
    for (const each of [...this.#waiting]) {
      if (model === undefined || each.model === model) each.reject(error);
    }
  }

  #add(
    model: number,
    request: ScoreRequest,
    only: number | undefined,
    deadlineMs: number | undefined,
  ): Promise<ScoreResult> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (answer: () => void) => {
        if (settled) return;
        settled = true;
        clearTimeout(deadline);
        answer();
      };
      const waiting: WaitingRequest = {
        model,
        request,
        only,
        resolve: (result) => settle(() => resolve(result)),
        reject: (error) =>
          settle(() => {
            const at = this.#waiting.indexOf(waiting);
            if (at >= 0) this.#waiting.splice(at, 1);
            reject(error);
          }),
        get settled() {
          return settled;
        },
        attempts: 0,
      };
      const late = `The answer took longer than ${deadlineMs} ms; try again later.`;
      const giveUp = (): void => {
        this.#late++;
        waiting.reject(new SommelierError('overloaded', late));
      };
      const deadline = deadlineMs && setTimeout(giveUp, deadlineMs);
      this.#waiting.push(waiting);
    });
  }
}
