import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isSommelierError } from '@sommelier/contracts';
import { type Database, migrateDatabase, openDatabase } from '@sommelier/platform';
import { CaseCount, type CaseResult } from './counted.ts';
import { type CsvCase, type CsvFile, csvCase } from './csv-cases.ts';
import { productModule } from './product-code.ts';
import { Random } from './random.ts';

interface Summary {
  readonly rows: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly bad: number;
}

type ImportAll = (options: { database: Database; source: unknown; strict: boolean }) => Promise<Summary>;

/** How `sommelier import` reads and stores each of the files. */
type Importers = Record<CsvFile, { open(path: string): Promise<unknown>; readonly importAll: ImportAll }>;

/**
 * Imports wrong files by the code of `sommelier import` into a real SQLite database. Each must be refused with
 * `import-file` and leave the database as it was, or be imported so that every row is accounted for: as many events more
 * as the summary says, or items and categories that can all be read again. With `strict`, which is drawn, a file with a bad
 * row must be refused.
 */
export async function fuzzCsvFiles(options: {
  readonly cases: number;
  readonly seed: number;
  readonly onProgress?: (cases: number) => void;
}): Promise<CaseResult> {
  const importers = await importersOf();
  const random = new Random(options.seed);
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-fuzz-'));
  const url = `file:${join(folder, 'shop.db')}`;
  await migrateDatabase(url);
  const database = await openDatabase({ url });
  try {
    const count = new CaseCount();
    for (let index = 0; index < options.cases; index++) {
      const csv = csvCase(random);
      const strict = random.chance(0.3);
      try {
        const path = join(folder, csv.file);
        await writeFile(path, csv.bytes);
        count.note(csv.kind, await tryImport(importers, database, { csv, path, strict }));
      } catch (error) {
        count.fail(csv.kind, error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      if ((index + 1) % 10_000 === 0) options.onProgress?.(index + 1);
    }
    await readAll(database);
    return count.result();
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws Error when the file was refused in another way, or the database is not what the summary says */
async function tryImport(
  importers: Importers,
  database: Database,
  { csv, path, strict }: { csv: CsvCase; path: string; strict: boolean },
): Promise<string> {
  const importer = importers[csv.file];
  const before = await stateOf(database);
  let summary: Summary;
  try {
    summary = await importer.importAll({ database, source: await importer.open(path), strict });
  } catch (error) {
    if (!isSommelierError(error) || error.code !== 'import-file') throw error;
    if (!isDeepStrictEqual(await stateOf(database), before))
      throw new Error(`half imported: ${error.message}`);
    return 'refused';
  }
  const { rows, stored, duplicates, bad } = summary;
  if (strict && bad > 0) throw new Error(`${bad} bad rows were let through`);
  const isWhole = csv.file === 'item_properties.csv' || rows === stored + duplicates + bad;
  if (!isWhole) throw new Error(`rows are missing: ${JSON.stringify(summary)}`);
  if (csv.file === 'events.csv') {
    const more = (await stateOf(database)).events - before.events;
    if (more !== stored) throw new Error(`${more} events more, not ${stored}`);
  }
  return bad > 0 ? 'imported but for bad rows' : 'imported';
}

/** What any import that stores something changes: every write goes into the log of changes, too. */
async function stateOf({ events, changes }: Database): Promise<{ events: number; lastChange: number }> {
  return { events: await events.count(), lastChange: (await changes.newest(0))?.id ?? 0 };
}

/** @throws SommelierError when something was stored that cannot be read */
async function readAll({ items, events }: Database): Promise<void> {
  for await (const _ of items.readItemPages());
  for await (const _ of events.readPages({ afterMs: -1, untilMs: Number.MAX_SAFE_INTEGER }));
  await items.readCategories();
}

async function importersOf(): Promise<Importers> {
  type Open<Rest extends unknown[]> = (path: string, ...rest: Rest) => Promise<unknown>;
  const events = await productModule<{ eventFile: Open<[]> }>('apps/cli/dist/import/event-rows.js');
  const { importEvents } = await productModule<{ importEvents: ImportAll }>(
    'apps/cli/dist/import/import-events.js',
  );
  const items = await productModule<{
    itemFile: Open<[nowMs: number]>;
    categoryFile: Open<[]>;
    importItems: ImportAll;
    importCategories: ImportAll;
  }>('apps/cli/dist/import/import-items.js');
  const properties = await productModule<{
    propertyFile: Open<[priceProperty: string]>;
    importItemProperties: ImportAll;
  }>('apps/cli/dist/import/item-properties.js');
  return {
    'events.csv': { open: events.eventFile, importAll: importEvents },
    'items.csv': { open: (path) => items.itemFile(path, 1), importAll: items.importItems },
    'item_properties.csv': {
      open: (path) => properties.propertyFile(path, '790'),
      importAll: properties.importItemProperties,
    },
    'category_tree.csv': { open: items.categoryFile, importAll: items.importCategories },
  };
}
