import type { EventInput } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import { DEMO_SHOP } from '../generate/presets.ts';
import { type GeneratedShop, generateShop } from '../generate/shop.ts';
import { eventFile } from '../import/event-rows.ts';
import { importEvents } from '../import/import-events.ts';
import type { ImportSummary } from '../import/import-rows.ts';
import type { RowSource } from '../import/row-source.ts';
import { formatCount } from '../terminal/format.ts';
import type { DemoOptions } from './demo-options.ts';
import type { Report, Steps } from './steps.ts';

const BATCH = 20_000;

/** What the demo shows recommendations for, as its report tells it. */
export interface LoadedData {
  readonly source: 'generated' | 'file';
  readonly rows: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly bad: number;
  readonly [option: string]: unknown;
}

/** Fills the database with a generated shop, or with the events of a file. */
export function loadData(steps: Steps, options: DemoOptions, database: Database): Promise<LoadedData> {
  return options.events === undefined
    ? loadGenerated(steps, options.visitors, database)
    : loadFile(steps, options.events, database);
}

async function loadGenerated(steps: Steps, visitors: number, database: Database): Promise<LoadedData> {
  const { shop } = await steps.run(
    {
      key: 'generate',
      title: 'Shop',
      note: ({ items, categories }) =>
        `generated: ${formatCount(visitors)} visitors, ${formatCount(items)} items, ${formatCount(categories)} categories`,
    },
    async () => {
      const generated = generateShop({ ...DEMO_SHOP, visitors });
      return { shop: generated, ...(await storeCatalogue(database, generated)) };
    },
  );
  const summary = await importWith(steps, database, shopEvents(shop));
  return { source: 'generated', ...shop.options, ...countsOf(summary) };
}

async function loadFile(steps: Steps, path: string, database: Database): Promise<LoadedData> {
  const summary = await importWith(steps, database, await eventFile(path));
  return { source: 'file', file: path, ...countsOf(summary) };
}

/** Stores what a generated shop sells. */
async function storeCatalogue(
  database: Database,
  shop: GeneratedShop,
): Promise<{ items: number; categories: number }> {
  await database.items.upsertCategories(shop.categories);
  let items = 0;
  for (const batch of inBatches(shop.items(), BATCH)) {
    await database.items.upsertItems(batch);
    items += batch.length;
  }
  return { items, categories: shop.categories.length };
}

function importWith(steps: Steps, database: Database, source: RowSource<EventInput>): Promise<ImportSummary> {
  return steps.run({ key: 'import', title: 'Events', note: describeImport }, (report: Report) =>
    importEvents({
      database,
      source,
      onProgress: ({ rows, done, total }) =>
        report(`${Math.floor((100 * done) / Math.max(1, total))}%  ${formatCount(rows)} rows`),
    }),
  );
}

function describeImport({ stored, duplicates, bad, seconds }: ImportSummary): string {
  const rate = formatCount((stored + duplicates) / Math.max(seconds, 0.001));
  const wrong = bad > 0 ? `, ${formatCount(bad)} bad rows left out` : '';
  return `${formatCount(stored)} imported, ${formatCount(duplicates)} duplicates${wrong}; ${rate} rows/s`;
}

function countsOf({ rows, stored, duplicates, bad }: ImportSummary) {
  return { rows, stored, duplicates, bad };
}

/** A generated shop's events as the importer reads them. */
function shopEvents(shop: GeneratedShop): RowSource<EventInput> {
  return {
    name: 'the generated shop',
    unit: 'rows',
    total: shop.plannedEvents,
    async *chunks() {
      let done = 0;
      for (const rows of inBatches(shop.events(), BATCH)) {
        done += rows.length;
        yield { rows, bad: [], done };
      }
    },
  };
}

function* inBatches<T>(values: Iterable<T>, size: number): Iterable<T[]> {
  let batch: T[] = [];
  for (const value of values) {
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
