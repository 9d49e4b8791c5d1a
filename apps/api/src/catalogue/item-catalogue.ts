import { type Category, type Item, type ItemFilter, SommelierError } from '@sommelier/contracts';
import type { IdTable } from '@sommelier/ncf';
import { filterKey } from './compiled-filter.ts';
import { EligibilityMasks, type FilterPart } from './eligibility-masks.ts';
import { ItemRows } from './item-rows.ts';
import { ModelBinding } from './model-binding.ts';
import { createPause } from './yield-to-event-loop.ts';

/** Where items and categories come from: the database. */
export interface ItemSource {
  readItemPages(): AsyncIterable<Item[]>;
  readCategories(): Promise<Category[]>;
  findItems(itemIds: readonly string[]): Promise<Item[]>;
}

interface BoundModel {
  readonly binding: ModelBinding;
  readonly masks: EligibilityMasks;
}

/**
 * The shop's items and categories in memory, and which items of the bound models meet a filter. A full load fills fresh
 * columns beside those that serve, then swaps; whatever fails, the last ones serve on. Long work lets other work run
 * every few milliseconds; it must not be called again before it has ended (see `CatalogueUpdates`).
 */
export class ItemCatalogue {
  readonly #source: ItemSource;
  #rows = new ItemRows();
  #models = new Map<IdTable, BoundModel>();
  #isLoaded = false;
  #revision = 0;

  constructor(source: ItemSource) {
    this.#source = source;
  }

  /** Whether it was ever filled. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Grows with each change of items or categories. */
  get revision(): number {
    return this.#revision;
  }

  get itemCount(): number {
    return this.#rows.itemCount;
  }

  /** Whether it holds so much that is of no item any more that `reloadAll` should be called. */
  get isWorn(): boolean {
    return this.#rows.properties.isWorn;
  }

  /** Reads everything. Rejects with what the source says; then all is as before. */
  async reloadAll(): Promise<void> {
    const fresh = new ItemRows();
    fresh.categories.setParents(await this.#source.readCategories());
    const pause = createPause();
    for await (const page of this.#source.readItemPages()) {
      for (const item of page) {
        fresh.set(item);
        await pause();
      }
    }
    const models = new Map<IdTable, BoundModel>();
    for (let open = this.#unbound(models); open.length > 0; open = this.#unbound(models)) {
      for (const itemIds of open) {
        const model = boundModel(itemIds, fresh);
        await model.binding.fill(fresh);
        models.set(itemIds, model);
      }
    }
    // Models that were released meanwhile are not kept.
    this.#models = new Map([...models].filter(([itemIds]) => this.#models.has(itemIds)));
    this.#rows = fresh;
    this.#isLoaded = true;
    this.#revision++;
  }

  /** Reads some items again; one that is not found any more is gone. Rejects with what the source says. */
  async refresh(itemIds: readonly string[]): Promise<void> {
    if (itemIds.length === 0) return;
    const found = new Map((await this.#source.findItems(itemIds)).map((item) => [item.itemId, item]));
    const pause = createPause();
    for (const itemId of new Set(itemIds)) {
      this.#apply(itemId, found.get(itemId));
      await pause();
    }
    this.#revision++;
  }

  /** Reads the tree of categories again. Rejects with what the source says. */
  async reloadCategories(): Promise<void> {
    const categories = await this.#source.readCategories();
    this.#rows.categories.setParents(categories);
    this.#dropCategoryMasks();
    this.#revision++;
  }

  /** Gets ready to filter the items of a model; to be awaited before it is asked about them. */
  async bind(itemIds: IdTable): Promise<void> {
    const model = boundModel(itemIds, this.#rows);
    // Known from here on, so that no change is missed.
    this.#models.set(itemIds, model);
    await model.binding.fill(this.#rows);
  }

  /** Forgets a model. */
  release(itemIds: IdTable): void {
    this.#models.delete(itemIds);
  }

  /**
   * The items of a bound model that meet a filter, a bit an item, `[ceil(items / 8)]`, in shared memory; undefined when
   * the filter says nothing. Items without a row in the table meet only an empty filter, or `include`.
   * @throws SommelierError `catalogue-unavailable` before the first load, for a filter that needs it; `invalid-request`
   */
  eligible(itemIds: IdTable, filter: ItemFilter): Uint8Array | undefined {
    if (filterKey(filter) !== undefined) this.#requireLoaded();
    return this.#model(itemIds).masks.eligible(filter);
  }

  /**
   * Category of each item of a bound model, `[items]`, in shared memory; 0 = none.
   * @throws SommelierError `catalogue-unavailable` before the first load
   */
  groups(itemIds: IdTable): Uint32Array {
    this.#requireLoaded();
    return this.#model(itemIds).binding.groups;
  }

  /**
   * How many items of a bound model each part of a filter removes; an item counts for the first part, in the order of
   * the result's keys, that does.
   * @throws SommelierError as `eligible`
   */
  removalsOf(itemIds: IdTable, filter: ItemFilter): Record<FilterPart, number> {
    if (filterKey(filter) !== undefined) this.#requireLoaded();
    return this.#model(itemIds).masks.removalsOf(filter);
  }

  /**
   * The first part of a filter that removes an item of a bound model.
   * @throws SommelierError as `eligible`
   */
  removalOf(itemIds: IdTable, itemIndex: number, filter: ItemFilter): FilterPart | undefined {
    if (filterKey(filter) !== undefined) this.#requireLoaded();
    return this.#model(itemIds).masks.removalOf(itemIndex, filter);
  }

  /** Whether an item is in the table. */
  hasItem(itemId: string): boolean {
    return this.#rows.isPresent[this.#rows.rowOf(itemId)] === 1;
  }

  #requireLoaded(): void {
    if (this.#isLoaded) return;
    throw new SommelierError(
      'catalogue-unavailable',
      'The items are not read from the database yet, so nothing can be filtered by them; try again shortly.',
    );
  }

  #model(itemIds: IdTable): BoundModel {
    const model = this.#models.get(itemIds);
    if (model === undefined) throw new Error('the model is not bound to the catalogue');
    return model;
  }

  #unbound(models: ReadonlyMap<IdTable, BoundModel>): IdTable[] {
    return [...this.#models.keys()].filter((itemIds) => !models.has(itemIds));
  }

  /** Takes over an item everywhere at once: whoever asks sees it wholly or not at all. */
  #apply(itemId: string, item: Item | undefined): void {
    const rows = this.#rows;
    const categoriesBefore = rows.categories.count;
    const row = item === undefined ? rows.delete(itemId) : rows.set(item);
    // A mask by a category that did not exist yet knows nothing of its index.
    if (rows.categories.count > categoriesBefore) this.#dropCategoryMasks();
    for (const { binding, masks } of this.#models.values()) {
      const index = binding.bind(itemId, row, rows);
      if (index >= 0) masks.mend(index);
    }
  }

  #dropCategoryMasks(): void {
    for (const { masks } of this.#models.values()) masks.categoriesChanged();
  }
}

function boundModel(itemIds: IdTable, rows: ItemRows): BoundModel {
  const binding = new ModelBinding(itemIds);
  return { binding, masks: new EligibilityMasks(rows, binding) };
}
