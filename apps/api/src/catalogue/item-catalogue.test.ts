import { describe, expect, it, jest } from '@jest/globals';
import { type Category, type Item, type ItemFilter, isSommelierError } from '@sommelier/contracts';
import { type IdTable, idTableFrom } from '@sommelier/ncf';
import fc from 'fast-check';
import { ItemCatalogue } from './item-catalogue.ts';
import { printFilter } from './print-filter.ts';
import { firstRemovalByDefinition } from './testing/brute-force-filter.ts';
import { ItemTable } from './testing/item-table.ts';
import {
  arbitraryCategories,
  arbitraryExpression,
  arbitraryFilter,
  arbitraryItem,
  arbitraryItems,
  itemIdOf,
} from './testing/random-items.ts';

// Hundreds of random catalogues, on a machine that may have other work.
jest.setTimeout(60_000);

const ITEMS = 13;
const filters = fc.array(arbitraryFilter(ITEMS, arbitraryExpression.map(printFilter)), {
  minLength: 1,
  maxLength: 5,
});
const modelIds = () => idTableFrom(Array.from({ length: ITEMS }, (_, index) => itemIdOf(index)));

async function loadedCatalogue(table: ItemTable, itemIds: IdTable): Promise<ItemCatalogue> {
  const catalogue = new ItemCatalogue(table);
  await catalogue.bind(itemIds);
  await catalogue.reloadAll();
  return catalogue;
}

function namesIn(bits: Uint8Array | undefined): string[] {
  const all = Array.from({ length: ITEMS }, (_, index) => index);
  expect(bits === undefined || bits.length === Math.ceil(ITEMS / 8)).toBe(true);
  return all.filter((index) => bits === undefined || (bits[index >> 3]! >> (index & 7)) & 1).map(itemIdOf);
}

/** Compares masks, counts of removals and single removals with the definition. */
function expectByDefinition(
  catalogue: ItemCatalogue,
  itemIds: IdTable,
  table: ItemTable,
  filter: ItemFilter,
): void {
  const removals = Array.from({ length: ITEMS }, (_, index) => {
    const itemId = itemIdOf(index);
    return firstRemovalByDefinition(itemId, table.items.get(itemId), table.categories, filter);
  });
  const eligible = removals.flatMap((removal, index) => (removal === undefined ? itemIdOf(index) : []));
  expect(namesIn(catalogue.eligible(itemIds, filter))).toEqual(eligible);
  expect(removals.map((_, index) => catalogue.removalOf(itemIds, index, filter))).toEqual(removals);
  const counts = { include: 0, category: 0, inStock: 0, price: 0, filter: 0 };
  for (const removal of removals) if (removal !== undefined) counts[removal]++;
  expect(catalogue.removalsOf(itemIds, filter)).toEqual(counts);
}

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return isSommelierError(error) ? error.code : String(error);
  }
  return 'nothing';
}

const item = (index: number, more: Partial<Item> = {}): Item => ({
  itemId: itemIdOf(index),
  categoryId: null,
  available: true,
  price: null,
  properties: {},
  updatedAtMs: 0,
  ...more,
});

describe('ItemCatalogue', () => {
  it('gives the items that meet a filter by its definition', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryItems(ITEMS),
        arbitraryCategories,
        filters,
        async (items, categories, wanted) => {
          const table = new ItemTable(items, categories);
          const itemIds = modelIds();
          const catalogue = await loadedCatalogue(table, itemIds);
          for (const filter of wanted) expectByDefinition(catalogue, itemIds, table, filter);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('mends what it keeps as if it were made anew, whatever changes', async () => {
    const change = fc.oneof(
      fc
        .nat(ITEMS + 1)
        .chain((index) => fc.tuple(fc.constant(itemIdOf(index)), fc.option(arbitraryItem(itemIdOf(index))))),
      arbitraryCategories,
    );
    await fc.assert(
      fc.asyncProperty(
        ...([
          arbitraryItems(ITEMS),
          arbitraryCategories,
          filters,
          fc.array(change, { maxLength: 8 }),
        ] as const),
        async (items, categories, wanted, changes) => {
          const table = new ItemTable(items, categories);
          const itemIds = modelIds();
          const catalogue = await loadedCatalogue(table, itemIds);
          for (const one of changes) {
            // Every mask and column is there before the change.
            for (const filter of wanted) catalogue.eligible(itemIds, filter);
            await applyChange(table, catalogue, one);
            for (const filter of wanted) expectByDefinition(catalogue, itemIds, table, filter);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('changes a mask that is in use in place, and says so by its revision', async () => {
    const table = new ItemTable([item(0), item(1, { available: false })]);
    const itemIds = modelIds();
    const catalogue = await loadedCatalogue(table, itemIds);
    const bits = catalogue.eligible(itemIds, { inStock: true });
    const before = catalogue.revision;
    table.items.set(itemIdOf(1), item(1));
    table.items.delete(itemIdOf(0));
    await catalogue.refresh([itemIdOf(0), itemIdOf(1)]);
    expect(catalogue.eligible(itemIds, { inStock: true })).toBe(bits);
    expect(namesIn(bits)).toEqual([itemIdOf(1)]);
    expect(bits!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([catalogue.revision > before, catalogue.itemCount]).toEqual([true, 1]);
    expect([catalogue.hasItem(itemIdOf(0)), catalogue.hasItem(itemIdOf(1)), catalogue.hasItem('?')]).toEqual([
      ...[false, true, false],
    ]);
  });

  it('keeps one mask for filters that mean the same', async () => {
    const itemIds = modelIds();
    const catalogue = await loadedCatalogue(new ItemTable([item(3, { properties: { a: 1 } })]), itemIds);
    const one = catalogue.eligible(itemIds, {
      category: ['b', 'a', 'b'],
      filter: 'a=1  AND (exists(a))',
      inStock: false,
    });
    expect(catalogue.eligible(itemIds, { filter: 'a = 1 and exists(a)', category: ['a', 'b'] })).toBe(one);
    expect(catalogue.eligible(itemIds, { category: ['a'] })).not.toBe(one);
  });

  it('finds the items of a category that came with them, below one that was asked for before', async () => {
    const table = new ItemTable([item(0)]);
    const itemIds = modelIds();
    const catalogue = await loadedCatalogue(table, itemIds);
    expect(namesIn(catalogue.eligible(itemIds, { category: ['new'] }))).toEqual([]);
    table.items.set(itemIdOf(0), item(0, { categoryId: 'new' }));
    await catalogue.refresh([itemIdOf(0)]);
    expect(namesIn(catalogue.eligible(itemIds, { category: ['new'] }))).toEqual([itemIdOf(0)]);
    const [group, none] = catalogue.groups(itemIds);
    expect([group! > 0, none]).toEqual([true, 0]);
    table.categories = [{ categoryId: 'new', parentId: 'above' }];
    await catalogue.reloadCategories();
    expect(namesIn(catalogue.eligible(itemIds, { category: ['above'] }))).toEqual([itemIdOf(0)]);
  });

  it('refuses what it would have to know until it is loaded, and nothing else', async () => {
    const itemIds = modelIds();
    const catalogue = new ItemCatalogue(new ItemTable());
    await catalogue.bind(itemIds);
    expect(catalogue.isLoaded).toBe(false);
    for (const filter of [{ inStock: true }, { category: ['a'] }, { minPrice: 1 }, { filter: 'a=1' }]) {
      expect(codeOf(() => catalogue.eligible(itemIds, filter))).toBe('catalogue-unavailable');
      expect(codeOf(() => catalogue.removalsOf(itemIds, filter))).toBe('catalogue-unavailable');
      expect(codeOf(() => catalogue.removalOf(itemIds, 0, filter))).toBe('catalogue-unavailable');
    }
    expect(codeOf(() => catalogue.groups(itemIds))).toBe('catalogue-unavailable');
    expect(catalogue.eligible(itemIds, {})).toBeUndefined();
    expect(catalogue.eligible(itemIds, { inStock: false })).toBeUndefined();
    expect(namesIn(catalogue.eligible(itemIds, { include: [itemIdOf(5), 'unknown'] }))).toEqual([
      itemIdOf(5),
    ]);
    expect(codeOf(() => catalogue.eligible(itemIds, { filter: 'a =' }))).toBe('invalid-request');
  });

  it('serves what it knew when a load fails, and models that come and go during one', async () => {
    const table = new ItemTable([item(0), item(1), item(2), item(3, { available: false })]);
    const [itemIds, later, released] = [modelIds(), modelIds(), modelIds()];
    const catalogue = await loadedCatalogue(table, itemIds);
    const { revision } = catalogue;
    table.failure = new Error('away');
    await expect(catalogue.reloadAll()).rejects.toThrow('away');
    await expect(catalogue.refresh(['a'])).rejects.toThrow('away');
    await expect(catalogue.reloadCategories()).rejects.toThrow('away');
    expect([catalogue.revision, namesIn(catalogue.eligible(itemIds, { inStock: true })).length]).toEqual([
      revision,
      3,
    ]);
    table.failure = undefined;
    await catalogue.bind(released);
    const loading = catalogue.reloadAll();
    const binding = catalogue.bind(later);
    catalogue.release(released);
    await Promise.all([loading, binding]);
    expect(namesIn(catalogue.eligible(later, { inStock: true }))).toEqual([0, 1, 2].map(itemIdOf));
    expect(codeOf(() => catalogue.eligible(released, {}))).toContain('not bound');
  });

  it('is worn out by values that no item has any more, and new again after a load', async () => {
    const table = new ItemTable([item(0)]);
    const catalogue = await loadedCatalogue(table, modelIds());
    const ids = Array.from({ length: 1_000 }, (_, index) => itemIdOf(index));
    // 100,000 values may be left over beside those of the 1,000 items.
    for (let round = 0; round < 101; round++) {
      expect(catalogue.isWorn).toBe(false);
      for (const [index, itemId] of ids.entries()) {
        table.items.set(itemId, item(index, { properties: { stock: round * 1_000 + index } }));
      }
      await catalogue.refresh(ids);
    }
    expect(catalogue.isWorn).toBe(true);
    await catalogue.reloadAll();
    expect([catalogue.isWorn, catalogue.itemCount]).toEqual([false, 1_000]);
  });

  it('grows beyond the rows it began with', async () => {
    const items = Array.from({ length: 5_000 }, (_, index) =>
      item(index, { price: index, properties: { even: index % 2 === 0 } }),
    );
    const itemIds = idTableFrom(items.map(({ itemId }) => itemId));
    const catalogue = await loadedCatalogue(new ItemTable(items), itemIds);
    const bits = catalogue.eligible(itemIds, { minPrice: 4_000, filter: 'even = true' })!;
    const found = items.filter((_, index) => (bits[index >> 3]! >> (index & 7)) & 1);
    expect(found).toEqual(items.filter((_, index) => index >= 4_000 && index % 2 === 0));
  });
});

async function applyChange(
  table: ItemTable,
  catalogue: ItemCatalogue,
  change: Category[] | [string, Item | null],
): Promise<void> {
  if (typeof change[0] === 'string') {
    const [itemId, next] = change as [string, Item | null];
    if (next === null) table.items.delete(itemId);
    else table.items.set(itemId, next);
    await catalogue.refresh([itemId]);
  } else {
    table.categories = change as Category[];
    await catalogue.reloadCategories();
  }
}
