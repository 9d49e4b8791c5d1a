import { Worker } from 'node:worker_threads';
import { SommelierError } from '@sommelier/contracts';
import type {
  FetchedModel,
  FromLoadingThread,
  SharedModel,
  ToLoadingThread,
} from '../scoring/scoring-protocol.ts';
import { errorOfThread } from '../scoring/thread-error.ts';

export interface LoadingTerms {
  /** Time that a model has to be verified and prepared. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the thread gives way to all others. */
  readonly yielding: boolean;
}

/**
 * Has a thread of its own verify and prepare models, one at a time. The thread lives on, since starting one costs more
 * than a small model does; one that dies, hangs or works on what nobody wants any more is replaced at the next model.
 */
export class ModelPreparer {
  readonly #entry: URL;
  #worker: Worker | undefined;

  constructor(entry: URL) {
    this.#entry = entry;
  }

  /**
   * @throws SommelierError of the thread (`model-file-invalid`, ...), or `internal` when it dies or takes longer than
   * `timeoutMs`, or the signal says that the model is not wanted any more.
   */
  async prepare(fetched: FetchedModel, { timeoutMs, signal, yielding }: LoadingTerms): Promise<SharedModel> {
    if (signal.aborted) throw unwanted();
    const worker = this.#worker ?? new Worker(this.#entry, { name: 'loading' });
    this.#worker = worker;
    const ended = new AbortController();
    let answer: FromLoadingThread;
    try {
      answer = await new Promise((resolve, reject) => {
        const late = new SommelierError('internal', `The model was not loaded within ${timeoutMs} ms.`);
        const timer = setTimeout(() => reject(late), timeoutMs);
        ended.signal.addEventListener('abort', () => clearTimeout(timer));
        signal.addEventListener('abort', () => reject(unwanted()), { signal: ended.signal });
        worker.once('message', resolve);
        worker.once('error', (error) => reject(died(error instanceof Error ? error.message : String(error))));
        worker.once('exit', (code) => reject(died(`it ended with code ${code}`)));
        worker.postMessage({ fetched, yielding } satisfies ToLoadingThread);
      });
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      ended.abort();
      worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
      // Between two models it may die of anything: the next one finds out.
      if (this.#worker === worker) worker.on('error', () => undefined).on('exit', () => this.#lose(worker));
    }
    if (answer.type === 'refused') throw errorOfThread(answer.error);
    return answer.model;
  }

  /** Ends the thread; what it works on fails. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #lose(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
  }
}

function unwanted(): SommelierError {
  return new SommelierError('internal', 'The model is not wanted any more.');
}

function died(reason: string): SommelierError {
  return new SommelierError('internal', `The thread that loads the model died: ${reason}`);
}
