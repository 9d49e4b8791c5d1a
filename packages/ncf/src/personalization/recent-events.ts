import type { WeightedItem } from './fold-in.ts';

/** Something that somebody did with an item of the model. */
export interface PersonalEvent {
  readonly itemIndex: number;
  /** Strength of the event's type, positive. */
  readonly weight: number;
  readonly timestampMs: number;
}

/** Weights beyond this count as this: as large as a configuration may state. */
const MAX_WEIGHT = 1_000;
const MIN_WEIGHT = 1e-6;
/** Events beyond the latest so many are not looked at. */
const MOST_EVENTS = 2_000;

/**
 * The latest events, the newest first; equal times by item index and then weight, so that the order in which they are
 * handed over changes nothing.
 * @throws RangeError for an item that does not exist, a weight that is not positive or a time that is not finite.
 */
export function latestEvents(events: readonly PersonalEvent[], itemCount: number): PersonalEvent[] {
  for (const { itemIndex, weight, timestampMs } of events) {
    if (!(Number.isInteger(itemIndex) && itemIndex >= 0 && itemIndex < itemCount)) {
      throw new RangeError(`there is no item ${itemIndex} in a model of ${itemCount}`);
    }
    if (!(weight > 0)) throw new RangeError(`the event of item ${itemIndex} has the weight ${weight}`);
    if (!Number.isFinite(timestampMs)) {
      throw new RangeError(`the event of item ${itemIndex} has the time ${timestampMs}`);
    }
  }
  return events
    .toSorted((a, b) => b.timestampMs - a.timestampMs || a.itemIndex - b.itemIndex || b.weight - a.weight)
    .slice(0, MOST_EVENTS)
    .map((event) => ({ ...event, weight: Math.min(Math.max(event.weight, MIN_WEIGHT), MAX_WEIGHT) }));
}

/** An item of the events with its largest weight and its latest time. */
export interface RecentItem extends WeightedItem {
  readonly timestampMs: number;
}

/** The distinct items of events that begin with the newest, the most recently met first. */
export function distinctItems(events: readonly PersonalEvent[]): RecentItem[] {
  const items = new Map<number, { itemIndex: number; weight: number; timestampMs: number }>();
  for (const event of events) {
    const known = items.get(event.itemIndex);
    if (known === undefined) items.set(event.itemIndex, { ...event });
    else known.weight = Math.max(known.weight, event.weight);
  }
  return [...items.values()];
}

/** 2^(-age / half-life), 1 for what is newer than now. */
export function recency(timestampMs: number, nowMs: number, halfLifeMs: number): number {
  return 2 ** (-Math.max(0, nowMs - timestampMs) / halfLifeMs);
}
