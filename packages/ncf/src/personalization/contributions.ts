import type { ExactRanker } from '../ranking/exact-ranker.ts';
import { TopItems } from '../ranking/top-items.ts';
import type { Personalizer } from './personalizer.ts';
import { distinctItems, latestEvents, type PersonalEvent } from './recent-events.ts';

/** Distinct items of somebody, from the latest on, that are looked at: each costs a fold-in. */
export const MAX_EXPLAINING_ITEMS = 20;
/** Of these, the strongest that are told of each item. */
export const MAX_CARRIERS = 3;

/** What an item's score loses when somebody had not done anything with one of their own items. */
export interface Contribution {
  /** The own item. */
  readonly itemIndex: number;
  /** In logits, positive. */
  readonly contribution: number;
}

export interface ContributionRequest {
  readonly events: readonly PersonalEvent[];
  /** As for the personalizer (Unix ms). */
  readonly nowMs: number;
  /** The items whose scores are explained. */
  readonly items: readonly number[];
}

/**
 * Which of somebody's own items carry the scores of some items, measured by taking them away one at a time:
 *
 *     contribution(j, i) = score(i | all events) - score(i | the events without those of item j)
 *
 * for the 20 latest distinct own items j; both scores are those of somebody without a row, folded in from the events
 * alone, evidence included. For each item the three largest, the largest first, ties by item index ascending; what
 * carries nothing or speaks against the item is left out. Contributions do not add up to the score: items that resemble
 * one another stand in for each other. Deterministic; one fold-in for each own item.
 * @throws RangeError as the personalizer, and when there is no such item.
 */
export function itemContributions(
  { personalizer, ranker }: { readonly personalizer: Personalizer; readonly ranker: ExactRanker },
  { events, nowMs, items }: ContributionRequest,
): Contribution[][] {
  const best = items.map(() => new TopItems(MAX_CARRIERS));
  const scoresOf = (did: readonly PersonalEvent[]) => {
    const { user, evidence } = personalizer.foldIn({ events: did, nowMs });
    return user && ranker.scoreItems({ user, evidence }, items);
  };
  const withAll = scoresOf(events);
  if (withAll === undefined) return items.map(() => []);
  const own = distinctItems(latestEvents(events, ranker.itemCount)).slice(0, MAX_EXPLAINING_ITEMS);
  for (const { itemIndex } of own) {
    const without = scoresOf(events.filter((event) => event.itemIndex !== itemIndex));
    for (const [place, score] of (without ?? []).entries()) {
      const contribution = withAll[place]! - score;
      if (contribution > 0) best[place]!.offer(itemIndex, contribution);
    }
  }
  return best.map((top) => top.drain().map(({ itemIndex, score }) => ({ itemIndex, contribution: score })));
}
