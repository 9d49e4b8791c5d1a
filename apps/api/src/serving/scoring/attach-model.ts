import {
  adoptPopularityOrder,
  createExactRanker,
  createPersonalizer,
  foldInOptionsOf,
  viewModelFile,
} from '@sommelier/ncf';
import { createScoring } from './model-scoring.ts';
import { scoreEach } from './score-each.ts';
import type { Scored, ScoreRequest, SharedModel } from './scoring-protocol.ts';

/** Answers requests on one model, in their order. */
export type ScoreEach = (requests: readonly ScoreRequest[]) => Scored[];

/** Makes what answers on a model that the loading thread has verified and prepared; nothing here takes long. */
export function attachModel(
  { bytes, manifest, memory, personalizer, popularity }: SharedModel,
  slot: number,
): ScoreEach {
  const model = viewModelFile(new Uint8Array(bytes));
  adoptPopularityOrder(model, popularity);
  const ranker = createExactRanker(model.parameters, { memory, slot });
  const score = createScoring({
    model,
    ranker,
    personalizer: createPersonalizer(model, foldInOptionsOf(manifest), personalizer),
    trainedUntilMs: manifest.trainedUntilMs,
  });
  return (requests) => scoreEach(ranker, score, requests);
}
