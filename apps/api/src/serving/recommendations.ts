import type { ItemFilter, ListRecommendations, Recommendations } from '@sommelier/contracts';
import type { ItemCatalogue } from '../catalogue/item-catalogue.ts';
import type { ModelHolder, ServableModel } from './model-holder.ts';
import type { ScoreRequest, ScoreResult } from './scoring-protocol.ts';
import type { UserHistory } from './user-history.ts';

export interface RecommendationRequest {
  readonly userId: string;
  readonly n: number;
  readonly excludeSeen: boolean;
  readonly exclude: readonly string[];
  /** Which items may be recommended, as far as the catalogue says. */
  readonly filter: ItemFilter;
  readonly maxPerCategory?: number | undefined;
}

export interface ListRequest extends Omit<RecommendationRequest, 'userId'> {
  /** The oldest first. */
  readonly items: readonly string[];
}

export interface RecommendationAnswer {
  readonly body: Recommendations;
  /**
   * `model` when the database did not say what the user did since the model was trained, `nobody` when it did and
   * nothing seen was to be left out.
   */
  readonly seenFrom: 'database' | 'model' | 'nobody';
}

export interface RecommendationParts {
  readonly models: Pick<ModelHolder, 'withModel'>;
  readonly userHistory: Pick<UserHistory, 'of'>;
  readonly catalogue: Pick<ItemCatalogue, 'eligible' | 'groups'>;
}

/**
 * The top n of a user, exact over the catalogue, wholly by one model.
 * @param nowMs against which the ages of a stranger's events are measured (Unix ms)
 * @throws SommelierError `no-model`, `overloaded`, `catalogue-unavailable`, `invalid-request`
 */
export function recommend(
  parts: RecommendationParts,
  request: RecommendationRequest,
  nowMs: number,
): Promise<RecommendationAnswer> {
  const { userId, n, excludeSeen, exclude } = request;
  return parts.models.withModel(async (model) => {
    // First: what cannot be answered asks the database nothing.
    const allowed = allowedItems(parts, model, request);
    const history = await parts.userHistory.of(userId);
    const events = history?.events ?? [];
    const result = await model.score({
      userId,
      events,
      nowMs,
      n,
      excludeHistory: excludeSeen,
      excludedItemIds: excludeSeen ? [...itemsOf(events), ...exclude] : exclude,
      ...allowed,
    });
    return {
      seenFrom: history === undefined ? 'model' : excludeSeen ? 'database' : 'nobody',
      body: { userId, ...answerOf(model, result) },
    };
  });
}

/**
 * The top n for a list of items, the oldest first, without any user: a session, a basket. The same list gets the same
 * answer whenever it is asked for.
 * @throws SommelierError `no-model`, `overloaded`, `catalogue-unavailable`, `invalid-request`
 */
export function recommendForItems(
  parts: Pick<RecommendationParts, 'models' | 'catalogue'>,
  request: ListRequest,
): Promise<ListRecommendations> {
  const { items, n, excludeSeen, exclude } = request;
  return parts.models.withModel(async (model) => {
    const result = await model.score({
      // The order is all that a list says of its times: a millisecond apart, the last one is now.
      events: items.map((itemId, place) => ({ itemId, weight: 1, timestampMs: place })),
      nowMs: items.length - 1,
      n,
      excludeHistory: false,
      excludedItemIds: excludeSeen ? [...items, ...exclude] : exclude,
      ...allowedItems(parts, model, request),
    });
    return answerOf(model, result);
  });
}

/**
 * What the filters of a request leave of a model's items.
 * @throws SommelierError `catalogue-unavailable`, `invalid-request`
 */
export function allowedItems(
  { catalogue }: Pick<RecommendationParts, 'catalogue'>,
  { itemIds }: Pick<ServableModel, 'itemIds'>,
  { filter, maxPerCategory }: Pick<RecommendationRequest, 'filter' | 'maxPerCategory'>,
): Pick<ScoreRequest, 'eligible' | 'variety'> {
  return {
    eligible: catalogue.eligible(itemIds, filter),
    variety:
      maxPerCategory === undefined
        ? undefined
        : { groups: catalogue.groups(itemIds), maxPerGroup: maxPerCategory },
  };
}

function itemsOf(events: readonly { readonly itemId: string }[]): string[] {
  return events.map(({ itemId }) => itemId);
}

function answerOf(model: ServableModel, { strategy, items }: ScoreResult): ListRecommendations {
  return {
    strategy,
    model: { version: model.version, generation: model.generation },
    items: items.map(({ itemId, score }, index) => ({ rank: index + 1, itemId, score })),
  };
}
