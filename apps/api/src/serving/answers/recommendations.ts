import type { ItemFilter, ListRecommendations, Recommendations } from '@sommelier/contracts';
import type { ItemCatalogue } from '../../catalogue/item-catalogue.ts';
import type { ModelHolder, ServableModel } from '../model/model-holder.ts';
import type { TopRequest, TopResult } from '../scoring/scoring-protocol.ts';
import type { AnswerBasis } from './answer-cache.ts';
import { askTop } from './ask-model.ts';
import { explanationOf } from './explanation.ts';
import type { HistoryEvent, UserHistory } from './user-history.ts';

/** Which items an answer may have. */
export interface ItemChoice {
  readonly excludeSeen: boolean;
  readonly exclude: readonly string[];
  /** Which items may be recommended, as far as the catalogue says. */
  readonly filter: ItemFilter;
}

/** What an answer is to be like. */
export interface AnswerWish extends ItemChoice {
  readonly n: number;
  readonly maxPerCategory: number | undefined;
  readonly explain: boolean;
}

export interface RecommendationRequest extends AnswerWish {
  readonly userId: string;
}

export interface ListRequest extends AnswerWish {
  /** The oldest first. */
  readonly items: readonly string[];
}

/**
 * `model` when the database did not say what the user did since the model was trained, `nobody` when it did and nothing
 * seen was to be left out.
 */
export type SeenFrom = 'database' | 'model' | 'nobody';

export interface RecommendationAnswer {
  readonly body: Recommendations;
  readonly seenFrom: SeenFrom;
  /** What it came from; undefined when that may change without anybody knowing, or the answer tells of one request. */
  readonly basis: AnswerBasis | undefined;
}

export interface RecommendationParts {
  readonly models: Pick<ModelHolder, 'withModel'>;
  readonly userHistory: Pick<UserHistory, 'of' | 'ofMany'>;
  readonly catalogue: Pick<
    ItemCatalogue,
    'eligible' | 'groups' | 'removalsOf' | 'removalOf' | 'hasItem' | 'revision'
  >;
}

/** Somebody for whom a model is asked. */
interface Person {
  readonly userId?: string;
  readonly events: readonly HistoryEvent[];
  readonly nowMs: number;
}

/**
 * The top n of a user, exact over the catalogue, wholly by one model.
 * @param nowMs against which the ages of events are measured (Unix ms)
 * @throws SommelierError `no-model`, `overloaded`, `catalogue-unavailable`, `invalid-request`
 */
export function recommend(
  parts: RecommendationParts,
  request: RecommendationRequest,
  nowMs: number,
): Promise<RecommendationAnswer> {
  const { userId } = request;
  return parts.models.withModel(async (model) => {
    // First: what cannot be answered asks the database nothing.
    const filtered = filterItems(parts, model, request);
    const startedMs = performance.now();
    const history = await parts.userHistory.of(userId);
    const historyMs = performance.now() - startedMs;
    const person = { userId, events: history?.events ?? [], nowMs };
    const answer = await answerFor(parts, model, { person, request, filtered, historyMs });
    const basis = history && { userId, generation: model.generation, history, catalogue: filtered.revision };
    return {
      seenFrom: seenFrom(history, request),
      body: { userId, ...answer },
      basis: request.explain ? undefined : basis,
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
  const { items } = request;
  // The order is all that a list says of its times: a millisecond apart, the last one is now.
  const events = items.map((itemId, place) => ({ itemId, weight: 1, timestampMs: place }));
  const person = { events, nowMs: items.length - 1 };
  return parts.models.withModel((model) =>
    answerFor(parts, model, { person, request, filtered: filterItems(parts, model, request) }),
  );
}

/** What a request's filters leave of a model's items. */
export interface FilteredItems {
  readonly bits: Pick<TopRequest, 'eligible' | 'variety'>;
  /** Of the catalogue before it was asked; undefined where it was not. */
  readonly revision: number | undefined;
  readonly filterMs: number;
}

/** @throws SommelierError `catalogue-unavailable`, `invalid-request` */
export function filterItems(
  { catalogue }: Pick<RecommendationParts, 'catalogue'>,
  { itemIds }: Pick<ServableModel, 'itemIds'>,
  { filter, maxPerCategory }: Pick<AnswerWish, 'filter' | 'maxPerCategory'>,
): FilteredItems {
  const startedMs = performance.now();
  const { revision } = catalogue;
  const eligible = catalogue.eligible(itemIds, filter);
  const variety =
    maxPerCategory === undefined
      ? undefined
      : { groups: catalogue.groups(itemIds), maxPerGroup: maxPerCategory };
  const isAsked = eligible !== undefined || variety !== undefined;
  return {
    bits: { eligible, variety },
    revision: isAsked ? revision : undefined,
    filterMs: performance.now() - startedMs,
  };
}

async function answerFor(
  { catalogue }: Pick<RecommendationParts, 'catalogue'>,
  model: ServableModel,
  asked: {
    readonly person: Person;
    readonly request: AnswerWish;
    readonly filtered: FilteredItems;
    /** How long it took to find out what the person did; absent where nobody was asked. */
    readonly historyMs?: number;
  },
): Promise<ListRecommendations> {
  const { person, request, filtered, historyMs } = asked;
  const { n, explain, filter } = request;
  const startedMs = performance.now();
  const result = await askTop(model, { ...topRequest(person, request), ...filtered.bits, n, explain });
  const answer = { strategy: result.strategy, ...identityOf(model), items: rankedItems(result) };
  const explanation =
    explain &&
    explanationOf(result, {
      askedMs: performance.now() - startedMs,
      filterMs: filtered.filterMs,
      historyMs,
      removed: catalogue.removalsOf(model.itemIds, filter),
    });
  return explanation ? { ...answer, explanation } : answer;
}

/** What a scoring thread is told of somebody and of what they may get. */
export function topRequest(
  person: Person,
  { excludeSeen, exclude }: Pick<ItemChoice, 'excludeSeen' | 'exclude'>,
): Omit<TopRequest, 'n'> {
  return {
    ...person,
    excludeHistory: excludeSeen,
    excludeEvents: excludeSeen,
    excludedItemIds: exclude,
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
