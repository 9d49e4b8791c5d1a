import { parentPort } from 'node:worker_threads';
import { RetiredMemory } from '@sommelier/ncf';
import { attachModel, type ScoreEach } from './attach-model.ts';
import {
  type FromScoringThread,
  type Scored,
  sharedBytesOf,
  type ToScoringThread,
} from './scoring-protocol.ts';
import { threadError } from './thread-error.ts';

/** Entry of a scoring thread: it opens and closes models, and answers requests on those that are open. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the entry of a worker thread');
  const say = (message: FromScoringThread) => port.postMessage(message);
  const models = new Map<number, { readonly score: ScoreEach; readonly bytes: number }>();
  const retired = new RetiredMemory();
  port.on('message', (message: ToScoringThread) => {
    const { type, key } = message;
    if (type === 'close') {
      const bytes = models.get(key)?.bytes ?? 0;
      models.delete(key);
      setImmediate(() => retired.retire(bytes));
    } else if (type === 'score') say({ type: 'scored', id: message.id, results: scoreOn(models, message) });
    else {
      try {
        const score = attachModel(message.model, message.slot);
        models.set(key, { score, bytes: sharedBytesOf(message.model) });
        say({ type: 'opened', key });
      } catch (error) {
        say({ type: 'refused', key, error: threadError(error, 'model-file-invalid') });
      }
    }
  });
}

function scoreOn(
  models: ReadonlyMap<number, { readonly score: ScoreEach }>,
  { key, requests }: Extract<ToScoringThread, { type: 'score' }>,
): Scored[] {
  const score = models.get(key)?.score;
  if (score !== undefined) return score(requests);
  const error = { code: 'internal', message: 'The model is not open in this thread.' } as const;
  return requests.map(() => ({ error }));
}

main();
