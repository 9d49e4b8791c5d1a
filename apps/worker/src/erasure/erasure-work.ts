import { Worker } from 'node:worker_threads';
import { type ErrorCode, SommelierError } from '@sommelier/contracts';
import type { Removal } from './removal.ts';

const THREAD_FILE = new URL('./erasure-thread.js', import.meta.url);

/** Where a file is, and its SHA-256: what has another one is not that file. */
export type FileSource =
  | { readonly artifactDir: string; readonly key: string; readonly sha256: string }
  | { readonly bytes: Uint8Array };

/** A file that is looked through, and the hashes of the users that must not be in it. */
export interface ErasureOrder {
  readonly kind: 'model' | 'snapshot';
  readonly source: FileSource;
  readonly hashes: readonly string[];
}

export type ErasureAnswer =
  | { readonly kind: 'model'; readonly removal: Removal }
  | { readonly kind: 'snapshot'; readonly found: readonly string[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** What looks through files, beside the event loop. */
export interface ErasureWork {
  /** @throws SommelierError `artifact-not-found`, `model-file-invalid`, `artifact-store` */
  removeFromModel(source: FileSource, hashes: readonly string[]): Promise<Removal>;
  /** The hashes that are in it. @throws SommelierError as above */
  findInSnapshot(source: FileSource, hashes: readonly string[]): Promise<readonly string[]>;
}

/** Each file in a thread of its own, which the signal ends. */
export function erasureWork(signal: AbortSignal): ErasureWork {
  return {
    async removeFromModel(source, hashes) {
      const answer = await runErasureThread({ kind: 'model', source, hashes }, signal);
      if (answer.kind === 'model') return answer.removal;
      throw unexpected(answer);
    },
    async findInSnapshot(source, hashes) {
      const answer = await runErasureThread({ kind: 'snapshot', source, hashes }, signal);
      if (answer.kind === 'snapshot') return answer.found;
      throw unexpected(answer);
    },
  };
}

/** The thread is gone when this settles. Rejects with the signal's reason when it is aborted. */
async function runErasureThread(order: ErasureOrder, signal: AbortSignal): Promise<ErasureAnswer> {
  signal.throwIfAborted();
  const thread = new Worker(THREAD_FILE, { workerData: order, name: `erasure ${order.kind}` });
  let stopListening = (): void => {};
  try {
    return await new Promise<ErasureAnswer>((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      stopListening = () => signal.removeEventListener('abort', abort);
      thread.on('message', resolve);
      thread.on('error', reject);
      thread.on('exit', (code) =>
        reject(new SommelierError('internal', `The erasure thread ended by itself, with exit code ${code}.`)),
      );
    });
  } finally {
    stopListening();
    await thread.terminate();
  }
}

function unexpected(answer: ErasureAnswer): SommelierError {
  if (answer.kind === 'failed') return new SommelierError(answer.code, answer.message);
  return new SommelierError('internal', `The erasure thread answered another question (${answer.kind}).`);
}
