import { parentPort } from 'node:worker_threads';
import {
  adoptPopularityOrder,
  createExactRanker,
  createPersonalizer,
  foldInOptionsOf,
  viewModelFile,
} from '@sommelier/ncf';
import { createScoring } from './model-scoring.ts';
import { scoreEach } from './score-each.ts';
import type {
  FromScoringThread,
  Scored,
  ScoreRequest,
  SharedModel,
  ToScoringThread,
} from './scoring-protocol.ts';
import { threadError } from './thread-error.ts';

type ScoreEach = (requests: readonly ScoreRequest[]) => Scored[];

/** Entry of a scoring thread: it opens and closes models, and answers requests on those that are open. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the entry of a worker thread');
  const say = (message: FromScoringThread) => port.postMessage(message);
  const models = new Map<number, ScoreEach>();
  port.on('message', (message: ToScoringThread) => {
    const { type, key } = message;
    if (type === 'close') models.delete(key);
    else if (type === 'score') say({ type: 'scored', id: message.id, results: scoreOn(models, message) });
    else {
      try {
        models.set(key, attach(message.model, message.slot));
        say({ type: 'opened', key });
      } catch (error) {
        say({ type: 'refused', key, error: threadError(error, 'model-file-invalid') });
      }
    }
  });
}

/** Makes what answers on a model that the loading thread has verified and prepared; nothing here takes long. */
function attach({ bytes, manifest, memory, personalizer, popularity }: SharedModel, slot: number): ScoreEach {
  const model = viewModelFile(new Uint8Array(bytes));
  adoptPopularityOrder(model, popularity);
  const ranker = createExactRanker(model.parameters, { memory, slot });
  const score = createScoring({
    model,
    ranker,
    personalizer: createPersonalizer(model, foldInOptionsOf(manifest), personalizer),
  });
  return (requests) => scoreEach(ranker, score, requests);
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
