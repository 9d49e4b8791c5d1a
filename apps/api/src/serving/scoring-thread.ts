import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, isSommelierError } from '@sommelier/contracts';
import { createPersonalizer, foldInOptionsOf, verifyModelFile } from '@sommelier/ncf';
import { createScoring } from './model-scoring.ts';
import type {
  FromScoringThread,
  ScoringThreadData,
  ThreadError,
  ToScoringThread,
} from './scoring-protocol.ts';

/** Entry of a scoring thread: verifies its model, then answers one request after the other. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the entry of a worker thread');
  const say = (message: FromScoringThread) => port.postMessage(message);
  const { bytes, manifest, memory, slot } = workerData as ScoringThreadData;
  let score: ReturnType<typeof createScoring>;
  try {
    const { model, ranker } = verifyModelFile(new Uint8Array(bytes), manifest, { memory, slot });
    score = createScoring({
      model,
      ranker,
      personalizer: createPersonalizer(model, foldInOptionsOf(manifest)),
      trainedUntilMs: manifest.trainedUntilMs,
    });
  } catch (error) {
    say({ type: 'refused', error: threadError(error, 'model-file-invalid') });
    return;
  }
  port.on('message', ({ id, request }: ToScoringThread) => {
    try {
      say({ type: 'scored', id, result: score(request) });
    } catch (error) {
      say({ type: 'failed', id, error: threadError(error, 'internal') });
    }
  });
  say({ type: 'ready' });
}

function threadError(error: unknown, otherwise: ErrorCode): ThreadError {
  const message = error instanceof Error ? error.message : String(error);
  return { code: isSommelierError(error) ? error.code : otherwise, message };
}

main();
