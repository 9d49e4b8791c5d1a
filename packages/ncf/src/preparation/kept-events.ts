import type { DataConfig, FunnelCounts } from '@sommelier/contracts';
import type { EventColumns } from './event-columns.ts';
import type { EventWindow } from './window.ts';

/** Numbers of the events that are left after a step: positions in the columns. */
export type KeptEvents = Uint32Array;

export function eventsInWindow(columns: EventColumns, { fromMs, asOfMs }: EventWindow): KeptEvents {
  const { timestampsMs } = columns;
  const after = fromMs ?? Number.NEGATIVE_INFINITY;
  const kept = new Uint32Array(columns.count);
  let size = 0;
  for (let event = 0; event < columns.count; event++) {
    const time = timestampsMs[event]!;
    if (time > after && time <= asOfMs) kept[size++] = event;
  }
  return kept.subarray(0, size);
}

/** Keeps the events whose value in a column passes: `passes[column[event]]` is not 0. */
export function keepWhere(
  kept: KeptEvents,
  column: Uint8Array | Uint32Array,
  passes: Uint8Array | Float32Array,
): KeptEvents {
  const result = new Uint32Array(kept.length);
  let size = 0;
  for (const event of kept) if (passes[column[event]!] !== 0) result[size++] = event;
  return result.subarray(0, size);
}

/** How many of the events have each value of a column: `[size]`. */
export function countBy(kept: KeptEvents, column: Uint8Array | Uint32Array, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (const event of kept) counts[column[event]!]!++;
  return counts;
}

/** Events, a user's after another's. */
export interface EventsByUser {
  /** In the order of the columns within a user. */
  readonly events: KeptEvents;
  /** `[users + 1]`, where each user's begin. */
  readonly offsets: Uint32Array;
}

/** Sorts events by user (counting sort). */
export function groupByUser(kept: KeptEvents, columns: EventColumns): EventsByUser {
  const counts = countBy(kept, columns.users, columns.userIds.length);
  const offsets = new Uint32Array(counts.length + 1);
  for (let user = 0; user < counts.length; user++) offsets[user + 1] = offsets[user]! + counts[user]!;
  const next = offsets.slice(0, -1);
  const events = new Uint32Array(kept.length);
  for (const event of kept) {
    const user = columns.users[event]!;
    events[next[user]!++] = event;
  }
  return { events, offsets };
}

/** Keeps the events of the users that pass: `passes[user]` is not 0. The others have none left. */
export function keepUsers({ events, offsets }: EventsByUser, passes: Uint8Array): EventsByUser {
  const kept = new Uint32Array(events.length);
  const keptOffsets = new Uint32Array(offsets.length);
  let size = 0;
  for (let user = 0; user < passes.length; user++) {
    if (passes[user] !== 0) {
      const own = events.subarray(offsets[user]!, offsets[user + 1]!);
      kept.set(own, size);
      size += own.length;
    }
    keptOffsets[user + 1] = size;
  }
  return { events: kept.subarray(0, size), offsets: keptOffsets };
}

/** Weight of each type by its number, 0 for a type without one: `[types]`. */
export function weightsByType(columns: EventColumns, weights: DataConfig['weights']): Float32Array {
  // A type may be called as something that every object inherits, "constructor" for one.
  return Float32Array.from(columns.typeNames, (name) => (Object.hasOwn(weights, name) ? weights[name]! : 0));
}

/** Distinct users, distinct items, and events. */
export function countKept(kept: KeptEvents, columns: EventColumns): FunnelCounts {
  return {
    users: countDistinct(kept, columns.users, columns.userIds.length),
    items: countDistinct(kept, columns.items, columns.itemIds.length),
    events: kept.length,
  };
}

function countDistinct(kept: KeptEvents, column: Uint32Array, size: number): number {
  const seen = new Uint8Array(size);
  let distinct = 0;
  for (const event of kept) {
    const value = column[event]!;
    if (seen[value] === 0) {
      seen[value] = 1;
      distinct++;
    }
  }
  return distinct;
}
