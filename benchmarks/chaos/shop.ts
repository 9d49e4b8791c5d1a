import type { EventInput } from '@sommelier/contracts';
import { uniform } from '@sommelier/ncf';

/** Enough users that the gate asks a candidate to be surely better than popularity. */
const USERS = 600;
const TASTES = 6;
const ITEMS_A_TASTE = 20;
const OWN_ITEMS = 8;
const LATER_ITEMS = 4;
const DAY_MS = 86_400_000;
const OLDEST_DAYS = 40;
const NEWEST_DAYS = 10;

/** Users whose answers are asked for and checked: what is done to the log never touches them. */
export const READERS = 24;

/** Streams of the counter-based randomness. */
const ITEM = 1;
const OTHER = 2;
const TIME = 3;

export const userIdOf = (index: number): string => `user-${String(index).padStart(4, '0')}`;
export const itemIdOf = (index: number): string => `item-${String(index).padStart(3, '0')}`;
export const ITEM_COUNT = TASTES * ITEMS_A_TASTE;

/** A shop whose visitors have one of a few tastes each; in a taste some items are asked for more than others. */
export interface Shop {
  readonly seed: number;
  readonly nowMs: number;
}

/** What visitors did up to ten days ago: most of it by their taste, so that a model is better than popularity. */
export function earlierEvents({ seed, nowMs }: Shop): EventInput[] {
  const events: EventInput[] = [];
  for (let user = 0; user < USERS; user++) {
    const chosen = ownItems(seed, user).slice(0, OWN_ITEMS);
    chosen.push(Math.floor(uniform(seed, OTHER, user) * ITEM_COUNT));
    for (const [place, item] of chosen.entries()) {
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
    const items = ownItems(seed, user).slice(OWN_ITEMS, OWN_ITEMS + LATER_ITEMS);
    for (const [place, item] of items.entries()) {
      events.push(eventOf(user, item, atMs + place * 1_000 + user, place));
    }
  }
  return events;
}

function eventOf(user: number, item: number, timestampMs: number, place: number): EventInput {
  const type = place % 7 === 6 ? 'transaction' : place % 3 === 2 ? 'addtocart' : 'view';
  return { timestampMs, userId: userIdOf(user), itemId: itemIdOf(item), type };
}

/** All items of a user's taste in the order in which the user comes to them; those of small numbers earlier. */
function ownItems(seed: number, user: number): number[] {
  const first = (user % TASTES) * ITEMS_A_TASTE;
  const keys = Array.from({ length: ITEMS_A_TASTE }, (_, place) => ({
    item: first + place,
    key: uniform(seed, ITEM, user, place) * (1 + place),
  }));
  return keys.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
