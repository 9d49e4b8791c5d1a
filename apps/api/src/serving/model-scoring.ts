import { type ExactRanker, type Model, type RankedItem, topPopular } from '@sommelier/ncf';
import type { ScoreRequest, ScoreResult } from './scoring-protocol.ts';

/**
 * Makes the function that answers requests on one model: exact over the catalogue, exactly min(n, eligible) items.
 * It ranks one request after the other, so it must not be shared by threads.
 */
export function createScoring({ model, ranker }: { readonly model: Model; readonly ranker: ExactRanker }) {
  const named = (ranked: readonly RankedItem[]) =>
    ranked.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score }));
  return (request: ScoreRequest): ScoreResult => {
    const { n } = request;
    const userIndex = model.userIds.indexOf(request.userId);
    const excluded = excludedItems(model, userIndex, request);
    if (userIndex < 0) return { strategy: 'popular', items: named(topPopular(model, n, excluded)) };
    const ranked = ranker.topN({ user: userIndex, n, excluded });
    return { strategy: 'personalized', items: named(ranked) };
  };
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
