import { Worker } from 'node:worker_threads';
import type { FromScoringThread, ToScoringThread } from './scoring-protocol.ts';

export interface ScoringWorkerEvents {
  readonly onMessage: (message: FromScoringThread) => void;
  /** The thread is gone, whatever the reason; comes once. */
  readonly onGone: (reason: string) => void;
}

/** One scoring thread. */
export interface ScoringWorker {
  /** What is sent before the thread listens waits for it. */
  send(message: ToScoringThread): void;
  terminate(): Promise<void>;
}

/** Starts a thread. */
export function startScoringWorker(entry: URL, events: ScoringWorkerEvents): ScoringWorker {
  const worker = new Worker(entry, { name: 'scoring' });
  let lastError: string | undefined;
  worker.on('message', events.onMessage);
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', (code) => events.onGone(lastError ?? `it ended with code ${code}`));
  return {
    send: (message) => worker.postMessage(message),
    terminate: async () => void (await worker.terminate()),
  };
}
