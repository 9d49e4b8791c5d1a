import { Worker } from 'node:worker_threads';
import { SommelierError } from '@sommelier/contracts';
import type { FetchedModel, FromLoadingThread, LoadingThreadData, SharedModel } from './scoring-protocol.ts';
import { errorOfThread } from './thread-error.ts';

export interface LoadingTerms {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the thread gives way to all others. */
  readonly yielding: boolean;
}

/** About a tenth of a processor that other threads want as well. */
const NICER = 10;

/**
 * Has a thread of its own verify and prepare a model; it is gone when this settles.
 * @throws SommelierError of the thread (`model-file-invalid`, ...), or `internal` when it dies or takes longer than
 * `timeoutMs`, or the signal says that the model is not wanted any more.
 */
export async function loadInThread(
  entry: URL,
  model: FetchedModel,
  { timeoutMs, signal, yielding }: LoadingTerms,
): Promise<SharedModel> {
  if (signal.aborted) throw unwanted();
  const workerData: LoadingThreadData = { ...model, nicer: yielding ? NICER : 0 };
  const worker = new Worker(entry, { name: 'loading', workerData });
  let timer: NodeJS.Timeout | undefined;
  let abandon: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const late = new SommelierError('internal', `The model was not loaded within ${timeoutMs} ms.`);
      timer = setTimeout(() => reject(late), timeoutMs);
      abandon = () => reject(unwanted());
      signal.addEventListener('abort', abandon);
      worker.on('message', (message: FromLoadingThread) => {
        if (message.type === 'loaded') resolve(message.model);
        else reject(errorOfThread(message.error));
      });
      worker.on('error', (error) => reject(died(error instanceof Error ? error.message : String(error))));
      worker.on('exit', (code) => reject(died(`it ended with code ${code}`)));
    });
  } finally {
    clearTimeout(timer);
    if (abandon !== undefined) signal.removeEventListener('abort', abandon);
    await worker.terminate();
  }
}

function unwanted(): SommelierError {
  return new SommelierError('internal', 'The model is not wanted any more.');
}

function died(reason: string): SommelierError {
  return new SommelierError('internal', `The thread that loads the model died: ${reason}`);
}
