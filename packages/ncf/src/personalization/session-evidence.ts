import type { ItemToItem } from '../item-to-item/item-to-item.ts';
import type { ItemEvidence } from '../ranking/item-evidence.ts';
import { distinctItems, type PersonalEvent, recency } from './recent-events.ts';

export interface EvidenceOptions {
  /** Distinct items, from the latest on, whose neighbours count. */
  readonly recentItems: number;
  /** What an item's neighbours count relative to those of the item that was met after it. */
  readonly itemDecay: number;
  /** What the latest item speaks for itself; 0 = nothing is recommended again for being own. */
  readonly repeatWeight: number;
  /** The same of an event relative to the one after it. */
  readonly repeatDecay: number;
  /** Evidence = scale x log(1 + slope x sum). */
  readonly scale: number;
  readonly slope: number;
  /** Half-life of what an event counts, in days. */
  readonly halfLifeDays: number;
}

const DAY_MS = 86_400_000;

/**
 * What recent events say of single items, added to their logits:
 *
 *     evidence(i) = scale log(1 + slope x(i))
 *     x(i) = sum over the latest distinct items j_0, j_1, ... of decay^c v(j_c) weight(j_c -> i)
 *          + repeatWeight sum over the events e_0, e_1, ... on i of repeatDecay^k v(e_k)
 *
 * where weight is the model's item-to-item part, and v the event's strength relative to the largest, times
 * 2^(-age / half-life). `events` begin with the newest. Sparse: at most recentItems x neighbours + own items.
 */
export function sessionEvidence(
  events: readonly PersonalEvent[],
  nowMs: number,
  itemToItem: ItemToItem | undefined,
  options: EvidenceOptions,
): ItemEvidence {
  const sums = new Map<number, number>();
  const add = (item: number, value: number) => {
    if (value > 0) sums.set(item, (sums.get(item) ?? 0) + value);
  };
  const largest = events.reduce((max, { weight }) => Math.max(max, weight), 0);
  const worthOf = ({ weight, timestampMs }: Omit<PersonalEvent, 'itemIndex'>) =>
    (weight / largest) * recency(timestampMs, nowMs, options.halfLifeDays * DAY_MS);

  let factor = 1;
  for (const recent of distinctItems(events).slice(0, options.recentItems)) {
    if (itemToItem === undefined) break;
    const value = factor * worthOf(recent);
    const end = itemToItem.offsets[recent.itemIndex + 1]!;
    for (let entry = itemToItem.offsets[recent.itemIndex]!; entry < end; entry++) {
      add(itemToItem.items[entry]!, value * itemToItem.weights[entry]!);
    }
    factor *= options.itemDecay;
  }
  factor = options.repeatWeight;
  for (const event of events) {
    add(event.itemIndex, factor * worthOf(event));
    factor *= options.repeatDecay;
  }
  const items = Uint32Array.from(sums.keys()).sort();
  const values = Float64Array.from(
    items,
    (item) => options.scale * Math.log1p(options.slope * sums.get(item)!),
  );
  return { items, values };
}
