import type { Strategy } from '@sommelier/contracts';
import {
  type ExactRanker,
  type Model,
  type PersonalEvent,
  type Personalizer,
  type RankedItem,
  type RankRequest,
  topPopular,
} from '@sommelier/ncf';
import type { ScoreRequest, ScoreResult } from './scoring-protocol.ts';

export interface ScoringParts {
  readonly model: Model;
  readonly ranker: ExactRanker;
  readonly personalizer: Personalizer;
}

/** A ranking that can share its pass over the items with others, and the answer that its outcome makes. */
export interface PlannedRanking {
  readonly rank: RankRequest;
  answer(ranked: readonly RankedItem[]): ScoreResult;
}

/**
 * Makes the function that answers requests on one model: exact over the catalogue, exactly min(n, eligible) items. A
 * user of the model is ranked by their row, anybody else by their events, and whoever has none by popularity.
 * What is left to rank is handed back, to be ranked together with that of other requests. Not to be shared by threads.
 */
export function createScoring({ model, personalizer }: ScoringParts) {
  const named = (ranked: readonly RankedItem[]) =>
    ranked.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score }));
  const planned = (strategy: Strategy, rank: RankRequest): PlannedRanking => ({
    rank,
    answer: (ranked) => ({ strategy, items: named(ranked) }),
  });
  return (request: ScoreRequest): ScoreResult | PlannedRanking => {
    const { n, userId, nowMs } = request;
    const userIndex = userId === undefined ? -1 : model.userIds.indexOf(userId);
    const excluded = excludedItems(model, userIndex, request);
    if (userIndex >= 0) {
      return planned('personalized', { user: userIndex, n, excluded });
    }
    const { user, evidence } = personalizer.personalize({ events: knownEvents(model, request), nowMs });
    if (user === undefined) return { strategy: 'popular', items: named(topPopular(model, n, excluded)) };
    return planned('folded-in', { user, n, excluded, evidence });
  };
}

/** Events of items that the model knows. */
function knownEvents(model: Model, request: ScoreRequest): PersonalEvent[] {
  return request.events
    .map(({ itemId, weight, timestampMs }) => ({
      itemIndex: model.itemIds.indexOf(itemId),
      weight,
      timestampMs,
    }))
    .filter(({ itemIndex }) => itemIndex >= 0);
}

function excludedItems(model: Model, userIndex: number, request: ScoreRequest): Set<number> {
  const excluded = new Set<number>();
  for (const itemId of request.excludedItemIds) {
    const itemIndex = model.itemIds.indexOf(itemId);
    if (itemIndex >= 0) excluded.add(itemIndex);
  }
  if (!request.excludeHistory || userIndex < 0) return excluded;
  const { offsets, items } = model.history;
  for (const itemIndex of items.subarray(offsets[userIndex], offsets[userIndex + 1])) excluded.add(itemIndex);
  return excluded;
}
