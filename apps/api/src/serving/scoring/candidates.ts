import { eligibleBits, isSet, itemsOfUser, type Model } from '@sommelier/ncf';
import type { PersonRanking } from './person-ranking.ts';
import type { ItemPlace, TopRequest } from './scoring-protocol.ts';

/** The items of a model that may be recommended, and what keeps the others out. */
export interface Candidates {
  /** A bit an item, as the ranker takes it; all parts of the request applied. */
  readonly bits: Uint8Array;
  /** The items that the request's own bits leave out are those that are 0 here. */
  readonly eligible: Uint8Array | undefined;
  readonly excluded: ReadonlySet<number>;
  readonly seen: ReadonlySet<number>;
}

/** @param userIndex -1 for somebody without a row */
export function candidatesOf(model: Model, userIndex: number, request: TopRequest): Candidates {
  const excluded = itemIndicesOf(model, request.excludedItemIds);
  const seen =
    request.excludeEvents === true
      ? itemIndicesOf(
          model,
          request.events.map(({ itemId }) => itemId),
        )
      : new Set<number>();
  if (request.excludeHistory && userIndex >= 0) {
    for (const itemIndex of itemsOfUser(model.history, userIndex)) seen.add(itemIndex);
  }
  const bits = withoutItems(model, request.eligible, excluded);
  for (const item of seen) bits[item >>> 3]! &= ~(1 << (item & 7));
  return { bits, eligible: request.eligible, excluded, seen };
}

/** Indices of the ids that the model knows. */
export function itemIndicesOf(model: Model, itemIds: readonly string[]): Set<number> {
  const indices = new Set(itemIds.map((itemId) => model.itemIds.indexOf(itemId)));
  indices.delete(-1);
  return indices;
}

/** The bits, all of them by default, without some items; what is handed over stays as it is. */
export function withoutItems(
  model: Model,
  eligible: Uint8Array | undefined,
  items: Iterable<number>,
): Uint8Array {
  return eligibleBits(model.itemIds.count, eligible, items);
}

/** An item's place in the ranking, or the first part of the request that keeps it out. */
export function placeOf(
  model: Model,
  itemId: string,
  { bits, eligible, excluded, seen }: Candidates,
  ranking: PersonRanking,
): ItemPlace {
  const item = model.itemIds.indexOf(itemId);
  if (item < 0) return { removedBy: 'not-in-model' };
  if (eligible !== undefined && !isSet(eligible, item)) return { removedBy: 'ineligible' };
  if (excluded.has(item)) return { removedBy: 'exclude' };
  if (seen.has(item)) return { removedBy: 'seen' };
  return { removedBy: null, ...ranking.rankOf(item, bits) };
}
