import type { Category, Item } from '@sommelier/contracts';
import type { ItemSource } from '../item-catalogue.ts';

const ITEMS_A_PAGE = 3;

/** A table of items in memory that the test changes; it fails while `failure` is set. */
export class ItemTable implements ItemSource {
  readonly items = new Map<string, Item>();
  categories: Category[] = [];
  failure: Error | undefined;

  constructor(items: readonly Item[] = [], categories: readonly Category[] = []) {
    for (const item of items) this.items.set(item.itemId, item);
    this.categories = [...categories];
  }

  async *readItemPages(): AsyncIterable<Item[]> {
    const all = [...this.items.values()];
    for (let from = 0; from < all.length; from += ITEMS_A_PAGE) {
      await this.#turn();
      yield all.slice(from, from + ITEMS_A_PAGE);
    }
  }

  async readCategories(): Promise<Category[]> {
    await this.#turn();
    return this.categories;
  }

  async findItems(itemIds: readonly string[]): Promise<Item[]> {
    await this.#turn();
    return itemIds.flatMap((itemId) => this.items.get(itemId) ?? []);
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
  }
}
