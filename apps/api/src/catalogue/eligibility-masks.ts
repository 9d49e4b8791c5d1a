import type { ItemFilter } from '@sommelier/contracts';
import { LRUCache } from 'lru-cache';
import { type CompiledFilter, compileFilter, filterKey, type RowPart } from './compiled-filter.ts';
import type { ItemRows } from './item-rows.ts';
import type { ModelBinding } from './model-binding.ts';
import { andFlags, packFlags, rowFlags, sharedBits } from './row-flags.ts';

/** Every item that changes is asked of each mask that is kept. */
const MAX_MASKS = 256;
const MAX_MASK_BYTES = 64 * 2 ** 20;

/** The first part of a filter that keeps an item out. */
export type FilterPart = 'include' | RowPart;

interface Mask {
  readonly filter: CompiledFilter;
  readonly bits: Uint8Array;
}

/**
 * Which items of a model meet a filter: a bit an item as the ranker takes it, in shared memory. Masks are kept by what
 * their filter means, at most 256 and 64 MiB of them, and mended item by item. An item without a row meets no part but
 * `include`.
 */
export class EligibilityMasks {
  readonly #rows: ItemRows;
  readonly #binding: ModelBinding;
  readonly #masks = new LRUCache<string, Mask>({
    max: MAX_MASKS,
    maxSize: MAX_MASK_BYTES,
    sizeCalculation: ({ bits }) => bits.length + 1,
  });

  constructor(rows: ItemRows, binding: ModelBinding) {
    this.#rows = rows;
    this.#binding = binding;
  }

  /** Masks that are kept. */
  get size(): number {
    return this.#masks.size;
  }

  /**
   * The items that meet a filter, `[ceil(items / 8)]`; undefined when it says nothing. To be read only: what it says
   * changes with the items.
   * @throws SommelierError `invalid-request` for an expression that is none
   */
  eligible(filter: ItemFilter): Uint8Array | undefined {
    const key = filterKey(filter);
    const kept = key === undefined ? undefined : this.#masks.get(key);
    if (filter.include !== undefined) return this.#included(filter, kept);
    if (key === undefined || kept !== undefined) return kept?.bits;
    const compiled = compileFilter(this.#rows, filter);
    const bits = this.#scan(compiled);
    this.#masks.set(key, { filter: compiled, bits });
    return bits;
  }

  /** Asks all masks about an item again. */
  mend(item: number): void {
    const row = this.#binding.rows[item]!;
    for (const { filter, bits } of this.#masks.values()) {
      const bit = 1 << (item & 7);
      if (firstRemoving(filter, row) === undefined) bits[item >>> 3]! |= bit;
      else bits[item >>> 3]! &= ~bit;
    }
  }

  /** Drops the masks that other categories may change. */
  categoriesChanged(): void {
    for (const [key, { filter }] of [...this.#masks.entries()]) {
      if (filter.usesCategories) this.#masks.delete(key);
    }
  }

  /** The first part, in the order of `FilterPart`, that removes an item; undefined when it meets them all. */
  removalOf(item: number, filter: ItemFilter): FilterPart | undefined {
    if (filter.include !== undefined && !this.#includedItems(filter.include).has(item)) return 'include';
    return firstRemoving(compileFilter(this.#rows, filter), this.#binding.rows[item]!);
  }

  /** How many of the model's items each part removes; an item counts for the first part that does. */
  removalsOf(filter: ItemFilter): Record<FilterPart, number> {
    const removed = { include: 0, category: 0, inStock: 0, price: 0, filter: 0 };
    const { rows } = this.#binding;
    const compiled = compileFilter(this.#rows, filter);
    const included = filter.include === undefined ? undefined : this.#includedItems(filter.include);
    removed.include = included === undefined ? 0 : rows.length - included.size;
    const candidates = included === undefined ? rows : Uint32Array.from(included, (item) => rows[item]!);
    const stays = rowFlags(candidates.length).fill(1);
    const meets = rowFlags(candidates.length);
    for (const part of compiled.parts) {
      part.scan(candidates, meets);
      for (let i = 0; i < stays.length; i++) {
        removed[part.name] += stays[i]! & ~meets[i]!;
      }
      andFlags(stays, meets);
    }
    return removed;
  }

  #scan({ parts }: CompiledFilter): Uint8Array {
    const { rows } = this.#binding;
    const [meets, other] = [rowFlags(rows.length), rowFlags(rows.length)];
    for (const [place, part] of parts.entries()) {
      part.scan(rows, place === 0 ? meets : other);
      if (place > 0) andFlags(meets, other);
    }
    return packFlags(meets);
  }

  /** Only the named items are looked at. */
  #included(filter: ItemFilter, kept: Mask | undefined): Uint8Array {
    const { rows } = this.#binding;
    const bits = sharedBits(rows.length);
    const compiled = kept?.filter ?? compileFilter(this.#rows, filter);
    for (const item of this.#includedItems(filter.include!)) {
      if (firstRemoving(compiled, rows[item]!) === undefined) bits[item >>> 3]! |= 1 << (item & 7);
    }
    return bits;
  }

  #includedItems(itemIds: readonly string[]): Set<number> {
    const items = new Set(itemIds.map((itemId) => this.#binding.itemIds.indexOf(itemId)));
    items.delete(-1);
    return items;
  }
}

function firstRemoving({ parts }: CompiledFilter, row: number): RowPart | undefined {
  return parts.find((part) => !part.matches(row))?.name;
}
