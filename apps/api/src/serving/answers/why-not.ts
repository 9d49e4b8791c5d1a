import type { Removal, WhyNot } from '@sommelier/contracts';
import type { ItemPlace } from '../scoring/scoring-protocol.ts';
import { askTop } from './ask-model.ts';
import {
  filterItems,
  type ItemChoice,
  identityOf,
  type RecommendationParts,
  topRequest,
} from './recommendations.ts';

export interface WhyNotRequest extends ItemChoice {
  readonly userId: string;
  readonly itemId: string;
}

export interface WhyNotParts extends RecommendationParts {
  /** Whether the table of items has it; undefined when the database does not say. Never rejects. */
  readonly itemExists: (itemId: string) => Promise<boolean | undefined>;
}

const REASONS: Record<Removal, string> = {
  include: 'The request takes other items only.',
  category: 'It is in none of the categories that the request takes.',
  inStock: 'It is not available.',
  price: 'Its price is outside of what the request takes, or it has none.',
  filter: "It does not meet the request's filter.",
  exclude: 'The request leaves it out.',
  seen: 'The user has interacted with it already; with excludeSeen=false it is ranked all the same.',
  'unknown-item': 'Neither the model nor the table of items has it.',
  'not-in-model':
    'The model does not know it: among the events that it was trained on, none counted for this item. The next training may take it in.',
};

/**
 * Where an item stands among all that could be recommended to a user, or what keeps it out: an item that the model does
 * not know is answered so whatever else the request says; otherwise the first part of the request that removes it.
 * @param nowMs against which the ages of events are measured (Unix ms)
 * @throws SommelierError `no-model`, `overloaded`, `catalogue-unavailable`
 */
export function whyNot(parts: WhyNotParts, request: WhyNotRequest, nowMs: number): Promise<WhyNot> {
  const { userId, itemId, filter } = request;
  return parts.models.withModel(async (model) => {
    const { eligible } = filterItems(parts, model, { filter, maxPerCategory: undefined }).bits;
    const history = await parts.userHistory.of(userId);
    const person = { userId, events: history?.events ?? [], nowMs };
    const asked = { ...topRequest(person, request), eligible };
    const { strategy, place } = await askTop(model, { ...asked, n: 0, placeOf: itemId });
    const answer = { userId, itemId, strategy, ...identityOf(model) };
    if (place?.removedBy === null) {
      const { rank, score } = place;
      const reason = `Nothing keeps it out; it is in every answer of at least ${rank} items.`;
      return { ...answer, removedBy: null, rank, score, reason };
    }
    const removedBy = await removalOf(place);
    return { ...answer, removedBy, rank: null, score: null, reason: REASONS[removedBy] };

    async function removalOf(where: ItemPlace | undefined): Promise<Removal> {
      const by = where?.removedBy ?? 'not-in-model';
      if (by === 'not-in-model') return (await parts.itemExists(itemId)) === false ? 'unknown-item' : by;
      if (by !== 'ineligible') return by;
      // What the bits said may have changed since: then it is one of the parts, whichever.
      return parts.catalogue.removalOf(model.itemIds, model.itemIds.indexOf(itemId), filter) ?? 'filter';
    }
  });
}
