import { parentPort, workerData } from 'node:worker_threads';
import { isSommelierError, SommelierError } from '@sommelier/contracts';
import { sha256Hex } from '@sommelier/ncf';
import { openArtifactStore } from '@sommelier/platform';
import type { ErasureAnswer, ErasureOrder, FileSource } from './erasure-work.ts';
import { findInSnapshot, removeFromModelFile } from './removal.ts';

/** Reads, looks, removes: all of an erasure that computes. Started by `runErasureThread`. */
async function answer(order: ErasureOrder): Promise<ErasureAnswer> {
  const hashes = new Set(order.hashes);
  const bytes = await bytesOf(order.source);
  return order.kind === 'model'
    ? { kind: 'model', removal: removeFromModelFile(bytes, hashes) }
    : { kind: 'snapshot', found: findInSnapshot(bytes, hashes) };
}

async function bytesOf(source: FileSource): Promise<Uint8Array> {
  if ('bytes' in source) return source.bytes;
  const { artifactDir, key, sha256 } = source;
  const bytes = await openArtifactStore(artifactDir).get(key);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new SommelierError('model-file-invalid', `${key} does not have the SHA-256 that it should have.`);
}

/** The file is handed over and not copied: a large model would be in memory twice. */
function transfersOf(message: ErasureAnswer): ArrayBuffer[] {
  if (message.kind !== 'model' || message.removal.outcome !== 'removed') return [];
  return [message.removal.bytes.buffer as ArrayBuffer];
}

const port = parentPort;
if (port === null) throw new Error('erasure-thread.js runs as a thread of the worker, not by itself');
const say = (message: ErasureAnswer): void => port.postMessage(message, transfersOf(message));
answer(workerData as ErasureOrder).then(say, (error: unknown) => {
  const code = isSommelierError(error) ? error.code : 'internal';
  say({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
});
