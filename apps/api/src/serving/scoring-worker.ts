import { Worker } from 'node:worker_threads';
import { SommelierError } from '@sommelier/contracts';
import type { FromScoringThread, ScoreRequest, ScoringThreadData, ThreadError } from './scoring-protocol.ts';

export interface ScoringWorkerEvents {
  /** A request was answered. */
  readonly onAnswer: (answer: Extract<FromScoringThread, { id: number }>) => void;
  /** The thread is gone, whatever the reason; comes once. */
  readonly onGone: (reason: string) => void;
}

/** One scoring thread that has verified its model. */
export interface ScoringWorker {
  send(id: number, request: ScoreRequest): void;
  terminate(): Promise<void>;
}

function sommelierError(error: ThreadError): SommelierError {
  return new SommelierError(error.code, error.message);
}

/**
 * Starts a thread and waits until it has verified its model.
 * @throws SommelierError of the thread (`model-file-invalid`, ...), or `internal` when it dies or takes longer than
 * `load.timeoutMs`, or the signal says that the model is not wanted any more.
 */
export function startScoringWorker(
  entry: URL,
  data: ScoringThreadData,
  load: { readonly timeoutMs: number; readonly signal: AbortSignal },
  events: ScoringWorkerEvents,
): Promise<ScoringWorker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: data });
    let ready = false;
    let lastError: string | undefined;
    const refuse = (error: SommelierError) => {
      clearTimeout(timer);
      load.signal.removeEventListener('abort', abandon);
      reject(error);
      void worker.terminate();
    };
    const abandon = () => refuse(new SommelierError('internal', 'The model is not wanted any more.'));
    const timer = setTimeout(
      () => refuse(new SommelierError('internal', `The model was not loaded within ${load.timeoutMs} ms.`)),
      load.timeoutMs,
    );
    load.signal.addEventListener('abort', abandon);
    worker.on('message', (message: FromScoringThread) => {
      if (message.type === 'refused') return refuse(sommelierError(message.error));
      if (message.type !== 'ready') return events.onAnswer(message);
      ready = true;
      clearTimeout(timer);
      load.signal.removeEventListener('abort', abandon);
      resolve({
        send: (id, request) => worker.postMessage({ id, request }),
        terminate: async () => void (await worker.terminate()),
      });
    });
    worker.on('error', (error) => {
      lastError = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', (code) => {
      const reason = lastError ?? `it ended with code ${code}`;
      if (ready) events.onGone(reason);
      else
        refuse(
          new SommelierError('internal', `The scoring thread died while it loaded the model: ${reason}`),
        );
    });
  });
}
