import { type Category, type Item, idProblem, itemSchema } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import { csvSource } from './csv-source.ts';
import { type ImportOptions, type ImportSummary, importRows } from './import-rows.ts';
import { propertiesOf } from './property-values.ts';
import { Problem, type RowSource } from './row-source.ts';

const ITEM_COLUMNS = { required: ['itemid', 'categoryid', 'price', 'available'], optional: [], others: true };
const CATEGORY_COLUMNS = { required: ['categoryid', 'parentid'], optional: [] };
const AVAILABLE: Record<string, boolean> = { '1': true, '0': false, true: true, false: false };

/**
 * `itemid,categoryid,price,available`: category and price may be empty, available is 0 or 1. Every further column is a
 * property of its name.
 * @param nowMs time that the items count as changed at
 */
export function itemFile(path: string, nowMs: number): Promise<RowSource<Item>> {
  return csvSource(path, ITEM_COLUMNS, (values, others) => {
    const [itemId = '', categoryId = '', price = '', availability = '', ...further] = values;
    const available = AVAILABLE[availability.toLowerCase()];
    if (available === undefined) {
      return new Problem(`available is ${JSON.stringify(availability.slice(0, 40))}, not 0 or 1`);
    }
    if (price !== '' && !/^\d+(\.\d+)?$/.test(price)) {
      return new Problem(`the price ${JSON.stringify(price.slice(0, 40))} is not a number`);
    }
    const item = itemSchema.safeParse({
      itemId,
      categoryId: categoryId === '' ? null : categoryId,
      available,
      price: price === '' ? null : Number(price),
      properties: propertiesOf(others, further),
      updatedAtMs: nowMs,
    });
    return item.success ? item.data : new Problem(item.error.issues[0]?.message ?? 'is not valid');
  });
}

/** `categoryid,parentid`: RetailRocket's category_tree.csv; a category without a parent is a root. */
export function categoryFile(path: string): Promise<RowSource<Category>> {
  return csvSource(path, CATEGORY_COLUMNS, ([categoryId = '', parentId = '']) => {
    const problem = idProblem(categoryId) ?? (parentId === '' ? undefined : idProblem(parentId));
    if (problem !== undefined) return new Problem(`the category id ${problem}`);
    return { categoryId, parentId: parentId === '' ? null : parentId };
  });
}

/** Stores items; one that exists already is replaced. */
export function importItems(options: ImportOptions<Item> & { database: Database }): Promise<ImportSummary> {
  return importRows(options, async (items) => {
    await options.database.items.upsertItems(items);
    return { inserted: items.length, duplicates: 0 };
  });
}

/** Stores categories; one that exists already is replaced. */
export function importCategories(
  options: ImportOptions<Category> & { database: Database },
): Promise<ImportSummary> {
  return importRows(options, async (categories) => {
    await options.database.items.upsertCategories(categories);
    return { inserted: categories.length, duplicates: 0 };
  });
}
