import { createExactRanker, createPersonalizer, modelFrom } from '@sommelier/ncf';
import { createScoring, type ScoringParts } from '../scoring/model-scoring.ts';
import type { ScoreRequest, ScoreResult } from '../scoring/scoring-protocol.ts';

export const TINY_TRAINED_UNTIL_MS = 1_000;

/**
 * Two users and ten items of one factor without an MLP branch: user `u0` ranks the items i0, i1, ... in this order, `u1`
 * the other way round. `u0` has i4 in the history, `u1` i4 and i7; i4 is the most popular item.
 */
export function tinyScoring(): ScoringParts {
  const model = modelFrom(
    {
      userIds: ['u0', 'u1'],
      itemIds: Array.from({ length: 10 }, (_, item) => `i${item}`),
      offsets: Uint32Array.of(0, 1, 3),
      items: Uint32Array.of(4, 4, 7),
      strengths: Float32Array.of(1, 1, 2),
      timestampsMs: Float64Array.of(10, 20, 30),
    },
    {
      shape: { userCount: 2, itemCount: 10, factors: 1, layers: [] },
      userGmf: Float32Array.of(1, -1),
      itemGmf: Float32Array.from({ length: 10 }, (_, item) => 10 - item),
      userMlp: new Float32Array(),
      itemMlp: new Float32Array(),
      mlp: [],
      outputWeight: Float32Array.of(1),
      outputBias: Float32Array.of(0),
    },
  );
  return {
    model,
    ranker: createExactRanker(model.parameters),
    personalizer: createPersonalizer(model),
    trainedUntilMs: TINY_TRAINED_UNTIL_MS,
  };
}

/** Answers one request after the other, as a scoring thread to which they come singly. */
export function answering(parts: ScoringParts): (request: ScoreRequest) => ScoreResult {
  const score = createScoring(parts);
  return (request) => {
    const outcome = score(request);
    return 'rank' in outcome ? outcome.answer(parts.ranker.topN(outcome.rank)) : outcome;
  };
}
