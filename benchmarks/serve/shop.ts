import type { EventInput, Item } from '@sommelier/contracts';
import { hash32, type Interactions, uniform } from '@sommelier/ncf';
import { userIdOf } from './load-job.ts';

/** Categories of the shop, all about as large. */
export const CATEGORIES = 40;
/** Items that a user has interacted with. */
const ITEMS_A_USER = 4;
const FIRST_EVENT_MS = 1_700_000_000_000;
const PRICES = 1_000;
const AVAILABLE = 0.8;

/** Streams of the counter-based randomness. */
const HISTORY = 1;
const PRICE = 2;
const STOCK = 3;
const CATEGORY = 4;

/** A shop that nobody has visited: users with a short history each, items with category, price and stock. */
export interface Shop {
  readonly userCount: number;
  readonly itemCount: number;
  readonly seed: number;
}

export function itemIdOf(index: number): string {
  return `i${String(index).padStart(6, '0')}`;
}

/** The index that `itemIdOf` made an id of. */
export function itemIndexOf(itemId: string): number {
  return Number(itemId.slice(1));
}

/** The users' histories; the squares of uniform numbers make items of small indices popular. */
export function interactionsOf({ userCount, itemCount, seed }: Shop): Interactions {
  const pairs = userCount * ITEMS_A_USER;
  const items = new Uint32Array(pairs);
  for (let user = 0; user < userCount; user++) {
    const seen = new Set<number>();
    for (let draw = 0; seen.size < ITEMS_A_USER; draw++) {
      seen.add(Math.floor(uniform(seed, HISTORY, user, draw) ** 2 * itemCount));
    }
    items.set([...seen], user * ITEMS_A_USER);
  }
  return {
    userIds: Array.from({ length: userCount }, (_, index) => userIdOf(index)),
    itemIds: Array.from({ length: itemCount }, (_, index) => itemIdOf(index)),
    offsets: Uint32Array.from({ length: userCount + 1 }, (_, user) => user * ITEMS_A_USER),
    items,
    strengths: new Float32Array(pairs).fill(1),
    timestampsMs: Float64Array.from({ length: pairs }, (_, pair) => FIRST_EVENT_MS + pair),
  };
}

/** The same histories as rows of the log. */
export function* eventsOf(interactions: Interactions): Generator<EventInput> {
  const { userIds, itemIds, offsets, items, timestampsMs } = interactions;
  for (const [user, userId] of userIds.entries()) {
    for (let pair = offsets[user]!; pair < offsets[user + 1]!; pair++) {
      yield { timestampMs: timestampsMs[pair]!, userId, itemId: itemIds[items[pair]!]!, type: 'view' };
    }
  }
}

/** The item of an index. */
export function itemOf(index: number, seed: number): Item {
  return {
    itemId: itemIdOf(index),
    categoryId: `c${hash32(seed, CATEGORY, index) % CATEGORIES}`,
    available: uniform(seed, STOCK, index) < AVAILABLE,
    price: 1 + (hash32(seed, PRICE, index) % PRICES),
    properties: {},
    updatedAtMs: FIRST_EVENT_MS,
  };
}

/** Filters that leave about 1 item in 100, one for each category. */
export const FILTER_QUERIES: readonly string[] = Array.from(
  { length: CATEGORIES },
  (_, category) => `&category=c${category}&inStock=true&minPrice=100&maxPrice=600`,
);
