import {
  type ExactRanker,
  type Model,
  type PersonalEvent,
  type Personalizer,
  type RankedItem,
  topPopular,
} from '@sommelier/ncf';
import { type Rank, rankWithVariety } from './rank-with-variety.ts';
import type { ScoreRequest, ScoreResult } from './scoring-protocol.ts';

export interface ScoringParts {
  readonly model: Model;
  readonly ranker: ExactRanker;
  readonly personalizer: Personalizer;
}

/**
 * Makes the function that answers requests on one model: exact over the catalogue, exactly min(n, eligible) items. A
 * user of the model is ranked by their row, anybody else by their events, and whoever has none by popularity.
 * It ranks one request after the other, so it must not be shared by threads.
 */
export function createScoring({ model, ranker, personalizer }: ScoringParts) {
  const named = (ranked: readonly RankedItem[]) =>
    ranked.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score }));
  return (request: ScoreRequest): ScoreResult => {
    const { userId, nowMs } = request;
    const userIndex = userId === undefined ? -1 : model.userIds.indexOf(userId);
    const excluded = excludedItems(model, userIndex, request);
    const ranked = (rank: Rank) => named(rankWithVariety(request, model.itemIds.count, rank));
    if (userIndex >= 0) {
      return {
        strategy: 'personalized',
        items: ranked((part) => ranker.topN({ user: userIndex, excluded, ...part })),
      };
    }
    const { user, evidence } = personalizer.personalize({ events: knownEvents(model, request), nowMs });
    if (user === undefined) {
      return {
        strategy: 'popular',
        items: ranked(({ n, eligible }) => topPopular(model, n, excluded, eligible)),
      };
    }
    return {
      strategy: 'folded-in',
      items: ranked((part) => ranker.topN({ user, excluded, evidence, ...part })),
    };
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
