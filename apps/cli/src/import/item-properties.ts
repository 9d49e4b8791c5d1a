import {
  type Item,
  idProblem,
  itemSchema,
  MAX_PRICE,
  MAX_TIMESTAMP_MS,
  SommelierError,
} from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import { csvSource } from './csv-source.ts';
import { type ImportOptions, type ImportSummary, importRows } from './import-rows.ts';
import { readLines } from './line-reader.ts';
import { Problem, type RowSource } from './row-source.ts';

const COLUMNS = { required: ['timestamp', 'itemid', 'property', 'value'], optional: [] };
/** Items whose latest values are in memory at once, about 300 bytes each. */
const MAX_ITEMS = 5_000_000;
const ITEMS_PER_BATCH = 50_000;

export const PROPERTY_LABELS = { stored: 'items', duplicates: 'rows used' };

/** A row of the file that says something that an item has; undefined for properties that are not kept. */
export type PropertyRow =
  | { readonly itemId: string; readonly timestampMs: number; readonly value: KnownValue }
  | undefined;

type KnownValue =
  | { readonly name: 'categoryId'; readonly value: string }
  | { readonly name: 'available'; readonly value: boolean }
  | { readonly name: 'price'; readonly value: number };

/**
 * Whether files are of RetailRocket's item properties, by their first lines.
 * @throws SommelierError `import-file` when some are and others are not
 */
export async function arePropertyFiles(paths: readonly string[]): Promise<boolean> {
  const kinds = await Promise.all(
    paths.map(async (path) => /(^|,)\s*"?property"?\s*(,|$)/i.test(await firstLine(path))),
  );
  if (kinds.every((kind) => kind === kinds[0])) return kinds[0] ?? false;
  throw new SommelierError(
    'import-file',
    'Some of the files have a row an item, others a row a property: import them one kind at a time.',
  );
}

async function firstLine(path: string): Promise<string> {
  for await (const { lines } of readLines(path)) if (lines[0] !== undefined) return lines[0];
  return '';
}

/**
 * RetailRocket's item_properties_part1.csv and part2.csv as they are published: what an item had from a time on. Its
 * category, whether it is available and its price are read. The names and values of the other properties are hashed;
 * which of them is the price, the publisher does not say.
 */
export function propertyFile(path: string, priceProperty: string): Promise<RowSource<PropertyRow>> {
  return csvSource(path, COLUMNS, ([timestamp = '', itemId = '', property = '', text = '']) => {
    const value = knownValue(property, text, priceProperty);
    if (value === undefined) return undefined;
    if (value instanceof Problem) return value;
    if (!/^\d{1,16}$/.test(timestamp) || Number(timestamp) > MAX_TIMESTAMP_MS) {
      return new Problem(
        `the timestamp ${JSON.stringify(timestamp.slice(0, 40))} is not a number of milliseconds`,
      );
    }
    const problem = idProblem(itemId);
    return problem === undefined
      ? { itemId, timestampMs: Number(timestamp), value }
      : new Problem(`the item id ${problem}`);
  });
}

function knownValue(property: string, text: string, priceProperty: string): KnownValue | Problem | undefined {
  if (property === 'categoryid') {
    const problem = idProblem(text);
    return problem === undefined
      ? { name: 'categoryId', value: text }
      : new Problem(`the category id ${problem}`);
  }
  if (property === 'available') {
    if (text === '0' || text === '1') return { name: 'available', value: text === '1' };
    return new Problem(`available is ${JSON.stringify(text.slice(0, 40))}, not 0 or 1`);
  }
  if (property !== priceProperty) return undefined;
  // Numbers are marked by an "n" in front.
  const digits = /^n?(\d{1,20}(\.\d{1,20})?)$/.exec(text)?.[1];
  const price = Number(digits);
  return price <= MAX_PRICE
    ? { name: 'price', value: price }
    : new Problem(`the price ${JSON.stringify(text.slice(0, 40))} is not a number from 0 on`);
}

/** What is known of an item, each with the time from which it holds. */
interface Latest {
  categoryId: string | null;
  available: boolean;
  price: number | null;
  readonly sinceMs: { categoryId: number; available: number; price: number };
}

/**
 * Stores items with the latest of their values over all files; of two values of the same time, the later row counts.
 * An item of which nothing says whether it is available counts as available.
 * @throws SommelierError `import-file`, `database-unavailable`
 */
export async function importItemProperties(
  options: ImportOptions<PropertyRow> & { database: Database },
): Promise<ImportSummary> {
  const latest = new Map<string, Latest>();
  const summary = await importRows(options, async (rows) => {
    let used = 0;
    for (const row of rows) {
      if (row === undefined) continue;
      used++;
      take(latest, row);
    }
    return { inserted: 0, duplicates: used };
  });
  const started = performance.now();
  await storeItems(options.database, latest);
  const seconds = summary.seconds + (performance.now() - started) / 1_000;
  return { ...summary, stored: latest.size, seconds };
}

function take(latest: Map<string, Latest>, { itemId, timestampMs, value }: NonNullable<PropertyRow>): void {
  let item = latest.get(itemId);
  if (item === undefined) {
    if (latest.size >= MAX_ITEMS) {
      throw new SommelierError('import-file', `The files have more than ${MAX_ITEMS} items.`);
    }
    item = {
      categoryId: null,
      available: true,
      price: null,
      sinceMs: { categoryId: -1, available: -1, price: -1 },
    };
    latest.set(itemId, item);
  }
  if (timestampMs < item.sinceMs[value.name]) return;
  item.sinceMs[value.name] = timestampMs;
  Object.assign(item, { [value.name]: value.value });
}

async function storeItems(database: Database, latest: ReadonlyMap<string, Latest>): Promise<void> {
  let batch: Item[] = [];
  for (const [itemId, { categoryId, available, price, sinceMs }] of latest) {
    const updatedAtMs = Math.max(sinceMs.categoryId, sinceMs.available, sinceMs.price);
    batch.push(itemSchema.parse({ itemId, categoryId, available, price, properties: {}, updatedAtMs }));
    if (batch.length < ITEMS_PER_BATCH) continue;
    await database.items.upsertItems(batch);
    batch = [];
  }
  await database.items.upsertItems(batch);
}
