import type { ItemFilter, ListRecommendations, Recommendations } from '@sommelier/contracts';
import { askTop } from './ask-model.ts';
import { explanationOf } from './explanation.ts';
import { type ItemFilters, NO_FILTERS } from './item-filters.ts';
import type { ModelHolder, ServableModel } from './model-holder.ts';
import type { TopRequest, TopResult } from './scoring-protocol.ts';
import type { HistoryEvent, UserHistory } from './user-history.ts';

/** Which items an answer may have. */
export interface ItemChoice {
  readonly excludeSeen: boolean;
  readonly exclude: readonly string[];
  readonly filter?: ItemFilter | undefined;
}

export interface RecommendationRequest extends ItemChoice {
  readonly userId: string;
  readonly n: number;
  readonly explain?: boolean | undefined;
}

export interface ListRequest extends Omit<RecommendationRequest, 'userId'> {
  /** The oldest first. */
  readonly items: readonly string[];
}

/**
 * Where what was seen comes from: `model` when the database did not say what the user did since the model was trained,
 * `nobody` when it did and nothing seen was to be left out.
 */
export type SeenFrom = 'database' | 'model' | 'nobody';

export interface RecommendationAnswer {
  readonly body: Recommendations;
  readonly seenFrom: SeenFrom;
}

export interface RecommendationParts {
  readonly models: Pick<ModelHolder, 'withModel'>;
  readonly userHistory: Pick<UserHistory, 'of'>;
  /** Absent: nothing is filtered. */
  readonly filters?: ItemFilters | undefined;
}

/** Somebody for whom a model is asked. */
interface Person {
  readonly userId?: string;
  readonly events: readonly HistoryEvent[];
  readonly nowMs: number;
  /** How long it took to find out what they did; absent where nobody was asked. */
  readonly historyMs?: number;
}

/**
 * The top n of a user, exact over the catalogue, wholly by one model.
 * @param nowMs against which the ages of events are measured (Unix ms)
 * @throws SommelierError `no-model`, `overloaded`
 */
export function recommend(
  parts: RecommendationParts,
  request: RecommendationRequest,
  nowMs: number,
): Promise<RecommendationAnswer> {
  const { userId } = request;
  return parts.models.withModel(async (model) => {
    const startedMs = performance.now();
    const history = await parts.userHistory.of(userId);
    const historyMs = performance.now() - startedMs;
    const person = { userId, events: history ?? [], nowMs, historyMs };
    const answer = await answerFor(parts, model, person, request);
    return { seenFrom: seenFrom(history, request), body: { userId, ...answer } };
  });
}

/**
 * The top n for a list of items, the oldest first, without any user: a session, a basket. The same list gets the same
 * answer whenever it is asked for.
 * @throws SommelierError `no-model`, `overloaded`
 */
export function recommendForItems(
  parts: Pick<RecommendationParts, 'models' | 'filters'>,
  request: ListRequest,
): Promise<ListRecommendations> {
  const { items } = request;
  // The order is all that a list says of its times: a millisecond apart, the last one is now.
  const events = items.map((itemId, place) => ({ itemId, weight: 1, timestampMs: place }));
  const person = { events, nowMs: items.length - 1 };
  return parts.models.withModel((model) => answerFor(parts, model, person, request));
}

async function answerFor(
  { filters = NO_FILTERS }: Pick<RecommendationParts, 'filters'>,
  model: ServableModel,
  { historyMs, ...person }: Person,
  request: Omit<RecommendationRequest, 'userId'>,
): Promise<ListRecommendations> {
  const { filter = {}, explain = false } = request;
  const filteringMs = performance.now();
  const eligible = filters.eligible(model.itemIds, filter);
  const askingMs = performance.now();
  const result = await askTop(model, { ...topRequest(person, request, eligible), n: request.n, explain });
  const answer = { ...identityOf(model), strategy: result.strategy, items: rankedItems(result) };
  const explanation =
    explain &&
    explanationOf(result, {
      askedMs: performance.now() - askingMs,
      filterMs: askingMs - filteringMs,
      historyMs,
      removed: filters.removalsOf(model.itemIds, filter),
    });
  return explanation ? { ...answer, explanation } : answer;
}

/** What a scoring thread is told of somebody and of what they may get. */
export function topRequest(
  person: Omit<Person, 'historyMs'>,
  { excludeSeen, exclude }: ItemChoice,
  eligible: Uint8Array | undefined,
): Omit<TopRequest, 'n'> {
  return {
    ...person,
    excludeHistory: excludeSeen,
    excludeEvents: excludeSeen,
    excludedItemIds: exclude,
    eligible,
  };
}

export function seenFrom(history: unknown, { excludeSeen }: Pick<ItemChoice, 'excludeSeen'>): SeenFrom {
  if (history === undefined) return 'model';
  return excludeSeen ? 'database' : 'nobody';
}

/** Which model an answer comes from. */
export function identityOf({ version, generation }: ServableModel) {
  return { model: { version, generation } };
}

export function rankedItems({ items }: TopResult) {
  return items.map(({ itemId, score }, index) => ({ rank: index + 1, itemId, score }));
}
