import { parentPort } from 'node:worker_threads';
import { collectGarbage } from '@sommelier/ncf';
import { attachModel, type ScoreEach } from './attach-model.ts';
import type { FromScoringThread, Scored, ToScoringThread } from './scoring-protocol.ts';
import { threadError } from './thread-error.ts';

/** Entry of a scoring thread: it opens and closes models, and answers requests on those that are open. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the entry of a worker thread');
  const say = (message: FromScoringThread) => port.postMessage(message);
  const models = new Map<number, ScoreEach>();
  port.on('message', (message: ToScoringThread) => {
    const { type, key } = message;
    if (type === 'close') {
      models.delete(key);
      setImmediate(collectGarbage);
    } else if (type === 'score') say({ type: 'scored', id: message.id, results: scoreOn(models, message) });
    else {
      try {
        models.set(key, attachModel(message.model, message.slot));
        say({ type: 'opened', key });
      } catch (error) {
        say({ type: 'refused', key, error: threadError(error, 'model-file-invalid') });
      }
    }
  });
}

function scoreOn(
  models: ReadonlyMap<number, ScoreEach>,
  { key, requests }: Extract<ToScoringThread, { type: 'score' }>,
): Scored[] {
  const score = models.get(key);
  if (score !== undefined) return score(requests);
  const error = { code: 'internal', message: 'The model is not open in this thread.' } as const;
  return requests.map(() => ({ error }));
}

main();
