import {
  type ExactRanker,
  type Model,
  type Personalizer,
  type RankedItem,
  similarItems,
} from '@sommelier/ncf';
import { explainAnswer } from './answer-explanation.ts';
import { candidatesOf, itemIndicesOf, placeOf, withoutItems } from './candidates.ts';
import { personRanking } from './person-ranking.ts';
import { rankWithVariety } from './rank-with-variety.ts';
import type {
  ScoreRequest,
  ScoreResult,
  SimilarRequest,
  SimilarResult,
  TopRequest,
  TopResult,
} from './scoring-protocol.ts';

export interface ScoringParts {
  readonly model: Model;
  readonly ranker: ExactRanker;
  readonly personalizer: Personalizer;
  /** Time of the newest event that the model has seen (Unix ms). */
  readonly trainedUntilMs: number;
}

/**
 * Makes the function that answers requests on one model: exact over the catalogue, exactly min(n, eligible) items.
 * It ranks one request after the other, so it must not be shared by threads.
 */
export function createScoring(parts: ScoringParts) {
  return (request: ScoreRequest): ScoreResult =>
    request.kind === 'similar' ? similarTo(parts.model, request) : bestOf(parts, request);
}

function bestOf(parts: ScoringParts, request: TopRequest): TopResult {
  const startedMs = performance.now();
  const { model } = parts;
  const userIndex = request.userId === undefined ? -1 : model.userIds.indexOf(request.userId);
  const candidates = candidatesOf(model, userIndex, request);
  const ranking = personRanking(parts, userIndex, request);
  const { n, variety } = request;
  const ranked = rankWithVariety({ n, eligible: candidates.bits, variety }, ranking.topN);
  const items = named(model, ranked);
  const place =
    request.placeOf === undefined ? undefined : placeOf(model, request.placeOf, candidates, ranking);
  const scoreMs = performance.now() - startedMs;
  return {
    strategy: ranking.strategy,
    items,
    ...(place !== undefined && { place }),
    ...(request.explain === true && {
      explained: { ...explainAnswer(parts, { userIndex, request, ranking, ranked, candidates }), scoreMs },
    }),
  };
}

function similarTo(model: Model, { itemId, n, eligible, excludedItemIds }: SimilarRequest): SimilarResult {
  const itemIndex = model.itemIds.indexOf(itemId);
  if (itemIndex < 0) return { kind: 'similar', isKnown: false, items: [] };
  const bits = withoutItems(model, eligible, itemIndicesOf(model, excludedItemIds));
  const items = similarItems(model, itemIndex, n, bits);
  return {
    kind: 'similar',
    isKnown: true,
    items: items.map(({ itemIndex: near, score, source }) => ({
      itemId: model.itemIds.idAt(near),
      score,
      source,
    })),
  };
}

function named(model: Model, ranked: readonly RankedItem[]) {
  return ranked.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score }));
}
