import { SommelierError } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import type { FromScoringThread, SharedModel } from './scoring-protocol.ts';
import { type ScoringWorker, startScoringWorker } from './scoring-worker.ts';
import { errorOfThread } from './thread-error.ts';
import type { WaitingRequest } from './waiting-line.ts';

export interface PlaceLimits {
  /** A thread that works on what it was given for longer than this is replaced. */
  readonly hangMs: number;
  /** Time that a thread has to open a model. */
  readonly openTimeoutMs: number;
  /** Pause before a dead thread is replaced, doubled for each further failure in a row. */
  readonly respawnDelayMs: number;
}

export interface PlaceParts {
  readonly entry: URL;
  readonly limits: PlaceLimits;
  readonly logger: Logger;
  /** What a thread in this place has to have open. */
  readonly models: ReadonlyMap<number, SharedModel>;
  /** It may take requests. */
  readonly onFree: () => void;
  /** The thread died while it worked on them. */
  readonly onLost: (lost: readonly WaitingRequest[]) => void;
}

interface Work {
  readonly id: number;
  readonly requests: readonly WaitingRequest[];
  readonly hang: NodeJS.Timeout;
}

interface Opening {
  readonly resolve: () => void;
  readonly reject: (error: SommelierError) => void;
  deaths: number;
}

const MAX_RESPAWN_DELAY_MS = 10_000;
/** A model that a thread died of this often while it opened it is not opened. */
const MAX_DEATHS_OF_OPENING = 2;

/** A place for a scoring thread; the thread in it may die and be replaced, and gets all models again. */
export class ThreadPlace {
  readonly index: number;
  readonly #parts: PlaceParts;
  readonly #open = new Set<number>();
  readonly #openings = new Map<number, Opening>();
  #worker: ScoringWorker | undefined;
  #work: Work | undefined;
  #respawn: NodeJS.Timeout | undefined;
  #nextId = 1;
  #failuresInARow = 0;
  #closed = false;

  constructor(index: number, parts: PlaceParts) {
    this.index = index;
    this.#parts = parts;
    this.#start();
  }

  get isFree(): boolean {
    return this.#worker !== undefined && this.#work === undefined;
  }

  /** Whether the thread can answer requests on a model. */
  has(model: number): boolean {
    return this.#open.has(model);
  }

  /**
   * Waits until the thread has a model open, which must be among the parts' models.
   * @throws SommelierError that of the thread when it refuses; `internal` when it dies twice or takes too long.
   */
  async open(model: number): Promise<void> {
    const { openTimeoutMs } = this.#parts.limits;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#openings.set(model, { resolve, reject, deaths: 0 });
        timer = setTimeout(() => {
          reject(new SommelierError('internal', `The model was not opened within ${openTimeoutMs} ms.`));
          void this.#worker?.terminate();
        }, openTimeoutMs);
        this.#sendOpen(model);
      });
    } finally {
      clearTimeout(timer);
      this.#openings.delete(model);
    }
  }

  /** Forgets a model; `open` fails with the error if it waits for it. */
  close(model: number, error: SommelierError): void {
    this.#openings.get(model)?.reject(error);
    this.#open.delete(model);
    this.#worker?.send({ type: 'close', key: model });
  }

  /** Gives the thread requests on one model that it has; it must be free. */
  work(requests: readonly WaitingRequest[]): void {
    const { hangMs } = this.#parts.limits;
    const id = this.#nextId++;
    const hang = setTimeout(() => {
      this.#parts.logger.error({ hangMs }, 'a scoring thread hangs and is replaced');
      // Its exit event does the rest.
      void this.#worker?.terminate();
    }, hangMs);
    this.#work = { id, requests, hang };
    const key = requests[0]!.model;
    this.#worker?.send({ type: 'score', id, key, requests: requests.map(({ request }) => request) });
  }

  /** Ends the thread; what it works on fails with the error. */
  async terminate(error: SommelierError): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#respawn);
    for (const opening of this.#openings.values()) opening.reject(error);
    for (const each of this.#release()) each.reject(error);
    await this.#worker?.terminate();
  }

  #start(): void {
    this.#worker = startScoringWorker(this.#parts.entry, {
      onMessage: (message) => this.#hear(message),
      onGone: (reason) => this.#gone(reason),
    });
    for (const key of this.#parts.models.keys()) this.#sendOpen(key);
  }

  #sendOpen(key: number): void {
    const model = this.#parts.models.get(key);
    if (model !== undefined) this.#worker?.send({ type: 'open', key, model, slot: this.index });
  }

  #hear(message: FromScoringThread): void {
    if (message.type === 'scored') this.#answer(message);
    else if (message.type === 'opened') this.#opened(message.key);
    else this.#refused(message.key, errorOfThread(message.error));
  }

  #opened(key: number): void {
    if (!this.#parts.models.has(key)) return;
    this.#open.add(key);
    this.#openings.get(key)?.resolve();
    this.#parts.onFree();
  }

  #refused(key: number, error: SommelierError): void {
    const opening = this.#openings.get(key);
    opening?.reject(error);
    if (opening !== undefined || !this.#parts.models.has(key)) return;
    this.#parts.logger.error({ err: error }, 'a scoring thread refuses a model that others serve');
    void this.#worker?.terminate();
  }

  #answer({ id, results }: Extract<FromScoringThread, { type: 'scored' }>): void {
    if (this.#work?.id !== id) return;
    this.#failuresInARow = 0;
    for (const [index, each] of this.#release().entries()) {
      const result = results[index]!;
      if ('error' in result) each.reject(errorOfThread(result.error));
      else each.resolve(result);
    }
    this.#parts.onFree();
  }

  #release(): readonly WaitingRequest[] {
    const work = this.#work;
    if (work === undefined) return [];
    clearTimeout(work.hang);
    this.#work = undefined;
    return work.requests;
  }

  #gone(reason: string): void {
    this.#worker = undefined;
    this.#open.clear();
    const lost = this.#release();
    if (this.#closed) return;
    this.#parts.logger.error({ reason }, 'a scoring thread died and is replaced');
    const died = new SommelierError('internal', `The scoring thread died while it opened a model: ${reason}`);
    for (const opening of this.#openings.values()) {
      opening.deaths++;
      if (opening.deaths >= MAX_DEATHS_OF_OPENING) opening.reject(died);
    }
    const { respawnDelayMs } = this.#parts.limits;
    const delayMs = Math.min(respawnDelayMs * 2 ** this.#failuresInARow, MAX_RESPAWN_DELAY_MS);
    this.#failuresInARow++;
    this.#respawn = setTimeout(() => this.#start(), delayMs);
    this.#parts.onLost(lost);
  }
}
