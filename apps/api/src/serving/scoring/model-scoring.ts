import {
  type ExactRanker,
  type Model,
  type Personalizer,
  type RankedItem,
  type RankRequest,
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

/** A ranking that can share its pass over the items with others, and the answer that its outcome makes. */
export interface PlannedRanking {
  readonly rank: RankRequest;
  answer(ranked: readonly RankedItem[]): ScoreResult;
}

/**
 * Makes the function that answers requests on one model: exact over the catalogue, exactly min(n, eligible) items.
 * Where nothing but a ranking is left to do, it is handed back, to be ranked together with that of other requests. Not to
 * be shared by threads.
 */
export function createScoring(parts: ScoringParts) {
  return (request: ScoreRequest): ScoreResult | PlannedRanking =>
    request.kind === 'similar' ? similarTo(parts.model, request) : bestOf(parts, request);
}

function bestOf(parts: ScoringParts, request: TopRequest): TopResult | PlannedRanking {
  const startedMs = performance.now();
  const { model } = parts;
  const userIndex = request.userId === undefined ? -1 : model.userIds.indexOf(request.userId);
  const candidates = candidatesOf(model, userIndex, request);
  const ranking = personRanking(parts, userIndex, request);
  const { strategy, person } = ranking;
  const { n, variety, placeOf: wanted, explain = false } = request;
  if (person !== undefined && variety === undefined && wanted === undefined && !explain) {
    const rank = { ...person, n, eligible: candidates.bits };
    return { rank, answer: (ranked) => ({ strategy, items: named(model, ranked) }) };
  }
  const ranked = rankWithVariety({ n, eligible: candidates.bits, variety }, ranking.topN);
  const place = wanted === undefined ? undefined : placeOf(model, wanted, candidates, ranking);
  const scoreMs = performance.now() - startedMs;
  return {
    strategy,
    items: named(model, ranked),
    ...(place !== undefined && { place }),
    ...(explain && {
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
