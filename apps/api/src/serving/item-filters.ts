import type { Explanation, ItemFilter } from '@sommelier/contracts';
import type { IdTable } from '@sommelier/ncf';

/** The parts of a request's filter, in the order in which they count as what removes an item. */
export type FilterPart = Exclude<keyof Explanation['catalogue']['removed'], 'exclude' | 'seen'>;

/** Which items of a model meet a filter: what the shop's catalogue knows. */
export interface ItemFilters {
  /** A bit an item, in shared memory; undefined when the filter says nothing. */
  eligible(itemIds: IdTable, filter: ItemFilter): Uint8Array | undefined;
  /** How many items each part removes; an item counts for the first part that does. */
  removalsOf(itemIds: IdTable, filter: ItemFilter): Record<FilterPart, number>;
  /** The first part that removes an item. */
  removalOf(itemIds: IdTable, itemIndex: number, filter: ItemFilter): FilterPart | undefined;
}

/** Without a catalogue nothing is filtered. */
export const NO_FILTERS: ItemFilters = {
  eligible: () => undefined,
  removalsOf: () => ({ include: 0, category: 0, inStock: 0, price: 0, filter: 0 }),
  removalOf: () => undefined,
};
