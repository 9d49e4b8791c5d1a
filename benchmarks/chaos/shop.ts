import type { EventInput } from '@sommelier/contracts';
import { hash32, permutation, uniform } from '@sommelier/ncf';

/** Enough users that the gate asks a candidate to be better than popularity (500), and not that it is surely so (2,000). */
const USERS = 600;
const TASTES = 6;
const ITEMS_A_TASTE = 14;
const BESTSELLERS = 8;
const TAKES_A_BESTSELLER = 1 / 3;
const OWN_ITEMS = 8;
/** Of what a user comes to, this many come earlier and the others, about a third, later. */
const EARLIER_ITEMS = 8;
const DAY_MS = 86_400_000;
const OLDEST_DAYS = 40;
const NEWEST_DAYS = 10;

/** Users whose answers are asked for and checked: what is done to the log never touches them. */
export const READERS = 24;

/** Streams of the counter-based randomness. */
const ITEM = 1;
const BESTSELLER = 2;
const TIME = 3;
const TURN = 4;

export const userIdOf = (index: number): string => `user-${String(index).padStart(4, '0')}`;
const READER_IDS: ReadonlySet<string> = new Set(
  Array.from({ length: READERS }, (_, index) => userIdOf(index)),
);
export const isReader = (userId: string): boolean => READER_IDS.has(userId);
export const itemIdOf = (index: number): string => `item-${String(index).padStart(3, '0')}`;
export const ITEM_COUNT = BESTSELLERS + TASTES * ITEMS_A_TASTE;

/** A shop whose visitors have one of a few tastes each. */
export interface Shop {
  readonly seed: number;
  readonly nowMs: number;
}

/** What visitors did up to ten days ago: most of it by their taste, so that a model is better than popularity. */
export function earlierEvents({ seed, nowMs }: Shop): EventInput[] {
  const events: EventInput[] = [];
  for (let user = 0; user < USERS; user++) {
    for (const [place, item] of itemsOf(seed, user).slice(0, EARLIER_ITEMS).entries()) {
      const daysAgo = NEWEST_DAYS + uniform(seed, TIME, user, place) * (OLDEST_DAYS - NEWEST_DAYS);
      events.push(eventOf(user, item, Math.floor(nowMs - daysAgo * DAY_MS), place));
    }
  }
  return events;
}

/** What everybody but the readers does next: more items of their taste, in the seconds after `atMs`. */
export function laterEvents({ seed }: Shop, atMs: number): EventInput[] {
  const events: EventInput[] = [];
  for (let user = READERS; user < USERS; user++) {
    for (const [place, item] of itemsOf(seed, user).slice(EARLIER_ITEMS).entries()) {
      events.push(eventOf(user, item, atMs + place * 1_000 + user, place));
    }
  }
  return events;
}

function eventOf(user: number, item: number, timestampMs: number, place: number): EventInput {
  const type = place % 7 === 6 ? 'transaction' : place % 3 === 2 ? 'addtocart' : 'view';
  return { timestampMs, userId: userIdOf(user), itemId: itemIdOf(item), type };
}

/**
 * The items that a user comes to, in a random order: some of their taste, and a bestseller now and then. Those are what
 * popularity is good at, so that a model that has learnt mixed-up tastes is surely not better.
 */
function itemsOf(seed: number, user: number): number[] {
  const taste = BESTSELLERS + (user % TASTES) * ITEMS_A_TASTE;
  const order = permutation(ITEMS_A_TASTE, seed, hash32(ITEM, user)).subarray(0, OWN_ITEMS);
  const own = Array.from(order, (place) => taste + place);
  const bestsellers = Array.from({ length: BESTSELLERS }, (_, item) => item).filter(
    (item) => uniform(seed, BESTSELLER, user, item) < TAKES_A_BESTSELLER,
  );
  const items = [...own, ...bestsellers];
  return Array.from(permutation(items.length, seed, hash32(TURN, user)), (place) => items[place]!);
}
