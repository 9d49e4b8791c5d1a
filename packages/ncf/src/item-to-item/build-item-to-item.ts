import type { TrainingPairs } from '../engine/training-engine.ts';
import { GrowingPairs } from './growing-pairs.ts';
import type { ItemToItem } from './item-to-item.ts';
import { keepLargest } from './keep-largest.ts';

export interface ItemToItemOptions {
  /** Neighbours that each item keeps. */
  readonly neighbours?: number;
  /** Interactions of a user that lie further apart than this are not seen together: bounds the cost. */
  readonly maxDistance?: number;
  /** A pair at distance d counts d^-distanceExponent. */
  readonly distanceExponent?: number;
  /** What a pair counts from the later item to the earlier one; from the earlier to the later it is 1. */
  readonly backwardWeight?: number;
  /** Of a user with more interactions only the latest so many count. */
  readonly maxItemsPerUser?: number;
}

/** Chosen on validation sessions of a real shop; see docs/personalization.md. */
export const ITEM_TO_ITEM_DEFAULTS = {
  neighbours: 50,
  maxDistance: 5,
  distanceExponent: 1,
  backwardWeight: 0.5,
  maxItemsPerUser: 1_000,
} as const;

/**
 * Learns which items are seen near which, and in what order:
 *
 *     weight(i -> j) = sum over users with both at most maxDistance apart of direction |pos j - pos i|^-exponent / n_i
 *
 * where direction is 1 when j comes after i, else backwardWeight, and n_i the number of users with i (sequential rules
 * after Ludewig and Jannach 2018, over both directions). Each item keeps its largest; of equal ones the first.
 * Costs interactions x 2 maxDistance additions, and memory for the interactions once and one row.
 */
export function buildItemToItem(
  interactions: Pick<TrainingPairs, 'offsets' | 'items' | 'itemCount'>,
  options: ItemToItemOptions = {},
): ItemToItem {
  const settings = { ...ITEM_TO_ITEM_DEFAULTS, ...options };
  const { itemCount } = interactions;
  const places = placesByItem(interactions, settings.maxItemsPerUser);
  const sums = new Float64Array(itemCount);
  const touched = new Uint32Array(itemCount);
  const offsets = new Uint32Array(itemCount + 1);
  const kept = new GrowingPairs();
  for (let item = 0; item < itemCount; item++) {
    const own = places.places.subarray(places.offsets[item]!, places.offsets[item + 1]!);
    const size = sumNear(own, interactions.items, places.isFirst, { settings, sums, touched });
    const others = touched.subarray(0, size).sort();
    const weights = new Float32Array(size);
    for (let index = 0; index < size; index++) {
      weights[index] = sums[others[index]!]! / own.length;
      sums[others[index]!] = 0;
    }
    keepLargest(others, weights, settings.neighbours, kept);
    offsets[item + 1] = kept.size;
  }
  const { items, values } = kept.view(0, kept.size);
  return { offsets, items: items.slice(), weights: values.slice() };
}

interface Places {
  /** `[items + 1]` */
  readonly offsets: Uint32Array;
  /** Where each item occurs among the interactions. */
  readonly places: Uint32Array;
  /** `[interactions + 1]`, 1 where a user's begin, or the part of them that counts. */
  readonly isFirst: Uint8Array;
}

function placesByItem(
  { offsets, items, itemCount }: Parameters<typeof buildItemToItem>[0],
  maxItemsPerUser: number,
): Places {
  const isFirst = new Uint8Array(items.length + 1);
  const counts = new Uint32Array(itemCount + 1);
  const firstOf = (user: number) => Math.max(offsets[user]!, offsets[user + 1]! - maxItemsPerUser);
  isFirst[items.length] = 1;
  for (let user = 0; user + 1 < offsets.length; user++) {
    isFirst[offsets[user]!] = 1;
    isFirst[firstOf(user)] = 1;
    for (let place = firstOf(user); place < offsets[user + 1]!; place++) counts[items[place]! + 1]!++;
  }
  for (let item = 0; item < itemCount; item++) counts[item + 1]! += counts[item]!;
  const places = new Uint32Array(counts[itemCount]!);
  const next = counts.slice(0, -1);
  for (let user = 0; user + 1 < offsets.length; user++) {
    for (let place = firstOf(user); place < offsets[user + 1]!; place++)
      places[next[items[place]!]!++] = place;
  }
  return { offsets: counts, places, isFirst };
}

/** Adds up what the neighbourhood of the places gives other items, into `sums`; those are listed in `touched`. */
function sumNear(
  places: Uint32Array,
  items: Uint32Array,
  isFirst: Uint8Array,
  work: {
    settings: Required<ItemToItemOptions>;
    sums: Float64Array;
    touched: Uint32Array;
  },
): number {
  const { settings, sums, touched } = work;
  const { maxDistance, distanceExponent, backwardWeight } = settings;
  let size = 0;
  const add = (other: number, weight: number) => {
    if (!(weight > 0)) return;
    if (sums[other] === 0) touched[size++] = other;
    sums[other]! += weight;
  };
  for (const place of places) {
    for (let distance = 1; distance <= maxDistance && isFirst[place + distance] === 0; distance++) {
      add(items[place + distance]!, distance ** -distanceExponent);
    }
    for (let distance = 1; distance <= maxDistance && isFirst[place - distance + 1] === 0; distance++) {
      add(items[place - distance]!, backwardWeight * distance ** -distanceExponent);
    }
  }
  return size;
}
