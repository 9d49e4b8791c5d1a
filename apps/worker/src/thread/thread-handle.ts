import { Worker } from 'node:worker_threads';
import { SommelierError } from '@sommelier/contracts';
import type { ThreadError, ThreadMessage, TrainedModel, TrainingOrder } from './thread-messages.ts';

const THREAD_FILE = new URL('./training-thread.js', import.meta.url);

/** Reported between the thread's start and its end; `trained` and `failed` are its end. */
export type ThreadReport = Exclude<ThreadMessage, { type: 'trained' | 'failed' }>;

export interface ThreadRun {
  readonly order: TrainingOrder;
  readonly onReport: (report: ThreadReport) => void;
  /** Ends the thread within milliseconds, in the middle of a computation too. */
  readonly signal: AbortSignal;
  /** Most memory of the thread's JavaScript objects, in MiB; typed arrays and tensors do not count. */
  readonly heapMb: number;
  readonly file?: URL;
}

/**
 * Runs a training in a thread of its own and resolves with the model. The thread is gone when this settles.
 * @throws SommelierError that the thread reported; `training-memory` when it ran out of memory; `internal` when it
 *   ended without a word. Rejects with the signal's reason when it is aborted.
 */
export async function runTrainingThread(run: ThreadRun): Promise<TrainedModel> {
  run.signal.throwIfAborted();
  const thread = new Worker(run.file ?? THREAD_FILE, {
    workerData: run.order,
    name: `training ${run.order.runId}`.slice(0, 60),
    resourceLimits: { maxOldGenerationSizeMb: run.heapMb },
  });
  let stopListening = (): void => {};
  try {
    return await new Promise<TrainedModel>((resolve, reject) => {
      const abort = (): void => reject(run.signal.reason);
      run.signal.addEventListener('abort', abort, { once: true });
      stopListening = () => run.signal.removeEventListener('abort', abort);
      thread.on('message', (message: ThreadMessage) => {
        if (message.type === 'trained') resolve(message.model);
        else if (message.type === 'failed') reject(errorOf(message.error));
        else if (!run.signal.aborted) run.onReport(message);
      });
      thread.on('error', (error) => reject(deathOf(error, run.heapMb)));
      thread.on('exit', (code) =>
        reject(
          new SommelierError('internal', `The training thread ended by itself, with exit code ${code}.`),
        ),
      );
    });
  } finally {
    stopListening();
    await thread.terminate();
  }
}

function errorOf({ code, message, stack }: ThreadError): Error {
  const error = new SommelierError(code ?? 'internal', message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function deathOf(error: unknown, heapMb: number): Error {
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const message = `The training ran out of memory: its thread may use ${heapMb} MiB for JavaScript objects.`;
    return new SommelierError(
      'training-memory',
      `${message} Train on a shorter window or a larger machine.`,
      {
        cause: error,
      },
    );
  }
  // No `instanceof`: an error of another thread is a copy.
  const message = (error as Partial<Error> | undefined)?.message ?? String(error);
  return new SommelierError('internal', `The training thread died: ${message}`, { cause: error });
}
