import type { EventColumns } from './event-columns.ts';
import type { EventsByUser } from './kept-events.ts';

/** The distinct user-item pairs of events, grouped by user; users and items are numbered as in the columns. */
export interface DistinctPairs {
  /** `[users of the columns + 1]` */
  readonly offsets: Uint32Array;
  /** `[pairs]` */
  readonly items: Uint32Array;
  /** `[pairs]`, the largest weight of the pair's events. */
  readonly strengths: Float32Array;
  /** `[pairs]`, time of the pair's last event (Unix ms). */
  readonly timestampsMs: Float64Array;
}

/** Joins the events of each pair (rule 3 of the preparation). The order of a user's pairs is that of the events. */
export function distinctPairs(
  { events, offsets: eventOffsets }: EventsByUser,
  columns: EventColumns,
  weights: Float32Array,
): DistinctPairs {
  const offsets = new Uint32Array(eventOffsets.length);
  const items = new Uint32Array(events.length);
  const strengths = new Float32Array(events.length);
  const timestampsMs = new Float64Array(events.length);
  // Where the item's pair is, + 1; it is this user's only if it does not lie before the user's first pair.
  const pairOfItem = new Uint32Array(columns.itemIds.length);
  let size = 0;
  for (let user = 0; user < columns.userIds.length; user++) {
    const first = size;
    for (let place = eventOffsets[user]!; place < eventOffsets[user + 1]!; place++) {
      const event = events[place]!;
      const item = columns.items[event]!;
      if (pairOfItem[item]! <= first) {
        items[size] = item;
        timestampsMs[size] = Number.NEGATIVE_INFINITY;
        pairOfItem[item] = ++size;
      }
      const pair = pairOfItem[item]! - 1;
      strengths[pair] = Math.max(strengths[pair]!, weights[columns.types[event]!]!);
      timestampsMs[pair] = Math.max(timestampsMs[pair]!, columns.timestampsMs[event]!);
    }
    offsets[user + 1] = size;
  }
  return {
    offsets,
    items: items.subarray(0, size),
    strengths: strengths.subarray(0, size),
    timestampsMs: timestampsMs.subarray(0, size),
  };
}
