import { SommelierError } from '@sommelier/contracts';
import { type Database, openDatabase } from '@sommelier/platform';
import { Command } from 'commander';
import {
  type DatabaseUrlOption,
  databaseUrlOption,
  resolveDatabaseUrl,
} from '../terminal/database-url-option.ts';
import { chainedSource } from './chained-source.ts';
import { eventFile } from './event-rows.ts';
import { importEvents } from './import-events.ts';
import { categoryFile, importCategories, importItems, itemFile } from './import-items.ts';
import type { ImportOptions, ImportSummary } from './import-rows.ts';
import { arePropertyFiles, importItemProperties, PROPERTY_LABELS, propertyFile } from './item-properties.ts';
import { reportingImport, type SummaryLabels } from './report-import.ts';
import type { RowSource } from './row-source.ts';
import { eventTable } from './table-source.ts';

interface EventOptions extends DatabaseUrlOption {
  strict?: boolean;
  from?: string;
  table: string;
}

interface ItemOptions extends DatabaseUrlOption {
  strict?: boolean;
  priceProperty: string;
}

/** `sommelier import`: stores events, items and categories from files, or events from a table. */
export function importCommand(): Command {
  const command = new Command('import').description('store events, items or categories');
  command
    .command('events')
    .description("store RetailRocket's events.csv (plain or .gz), or a MySQL table of the same columns")
    .argument('[file]', 'timestamp,visitorid,event,itemid,transactionid; times in milliseconds')
    .option(
      '--from <url>',
      'read a table of this database instead of a file: mysql://user:password@host:3306/database',
    )
    .option('--table <name>', 'the table to read', 'events')
    .option('--strict', 'refuse everything when one row is bad')
    .addOption(databaseUrlOption())
    .action(async (file: string | undefined, options: EventOptions) => {
      const source = await eventSource(file, options);
      await store(options, source, importEvents);
    });
  command
    .command('items')
    .description(
      "store items, or RetailRocket's item_properties files together; what exists already is replaced",
    )
    .argument(
      '<files...>',
      'itemid,categoryid,price,available and a column for each property; or timestamp,itemid,property,value',
    )
    .option(
      '--price-property <name>',
      'of timestamp,itemid,property,value: the property that is the price',
      '790',
    )
    .option('--strict', 'refuse everything when one row is bad')
    .addOption(databaseUrlOption())
    .action(storeItems);
  command
    .command('categories')
    .description('store the category tree; what exists already is replaced')
    .argument('<file>', 'categoryid,parentid')
    .option('--strict', 'refuse everything when one row is bad')
    .addOption(databaseUrlOption())
    .action(async (file: string, options: DatabaseUrlOption & { strict?: boolean }) =>
      store(options, await categoryFile(file), importCategories),
    );
  return command;
}

async function storeItems(files: string[], options: ItemOptions): Promise<void> {
  if (!(await arePropertyFiles(files))) {
    const sources = await Promise.all(files.map((file) => itemFile(file, Date.now())));
    return store(options, chainedSource(sources), importItems);
  }
  const sources = await Promise.all(files.map((file) => propertyFile(file, options.priceProperty)));
  return store(options, chainedSource(sources), importItemProperties, PROPERTY_LABELS);
}

function eventSource(file: string | undefined, options: EventOptions) {
  if (file !== undefined && options.from !== undefined) {
    throw new SommelierError('invalid-request', 'Name a file or --from, not both.');
  }
  if (file !== undefined) return eventFile(file);
  if (options.from !== undefined) return eventTable(options.from, options.table);
  throw new SommelierError('invalid-request', 'Name a file to import, or a database with --from.');
}

async function store<T>(
  options: DatabaseUrlOption & { strict?: boolean },
  source: RowSource<T>,
  importAll: (options: ImportOptions<T> & { database: Database }) => Promise<ImportSummary>,
  labels?: SummaryLabels,
): Promise<void> {
  const database = await openDatabase({ url: resolveDatabaseUrl(options) });
  try {
    await reportingImport(
      source,
      (onProgress) => importAll({ database, source, onProgress, strict: options.strict ?? false }),
      labels,
    );
  } finally {
    await database.close();
  }
}
