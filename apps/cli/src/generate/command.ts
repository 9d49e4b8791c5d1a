import { SommelierError } from '@sommelier/contracts';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { formatCount, formatSeconds } from '../terminal/format.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { DEMO_SHOP, FULL_SHOP } from './presets.ts';
import { compareWithPublished, type ProfileRow } from './profile-table.ts';
import { type GeneratedShop, generateShop, type ShopOptions } from './shop.ts';
import { ShopMeasure } from './shop-statistics.ts';
import { type WrittenFile, writeShop } from './write-shop.ts';

interface CommandOptions {
  visitors?: number;
  items?: number;
  days?: number;
  end?: number;
  activity?: number;
  concentration?: number;
  seed?: number;
  full?: boolean;
  published?: boolean;
  gzip?: boolean;
  force?: boolean;
  stats?: boolean;
}

/** `sommelier generate`: a shop of RetailRocket's shape, from a seed. */
export function generateCommand(): Command {
  return new Command('generate')
    .description("generate a shop of RetailRocket's shape: events.csv, items.csv, category_tree.csv")
    .argument('<folder>', 'where the files go')
    .option('--visitors <number>', `visitors (default: ${DEMO_SHOP.visitors})`, number)
    .option('--items <number>', 'items of the catalogue (default: 0.296 for each visitor)', number)
    .option('--days <number>', `length of the period (default: ${DEMO_SHOP.days})`, number)
    .option('--end <date>', 'end of the period, such as 2026-01-31 (default: 2015-09-18T03:00Z)', date)
    .option('--seed <number>', 'the same seed gives the same files (default: 42)', number)
    .option(
      '--activity <factor>',
      `1 = as published (default: ${DEMO_SHOP.activity}, busy visitors only)`,
      number,
    )
    .option(
      '--concentration <exponent>',
      `how much bestsellers stand out: 1 = as published (default: ${DEMO_SHOP.concentration})`,
      number,
    )
    .option('--published', 'as published in every respect but the size, which --visitors gives')
    .option('--full', "as published, at the data set's full size: 1.4 million visitors")
    .option('--stats', 'measure what was generated beside what was published')
    .option('--gzip', 'write events.csv.gz')
    .option('--force', 'replace files that are there already')
    .action(async (folder: string, options: CommandOptions) => {
      const shop = generateShop(shopOptionsOf(options));
      const measure = options.stats === true ? new ShopMeasure() : undefined;
      const startedMs = performance.now();
      const files = await writeWithBar(shop, folder, options, measure);
      reportFiles(files, (performance.now() - startedMs) / 1_000);
      if (measure !== undefined)
        process.stdout.write(`\n${profileTable(compareWithPublished(measure.finish()))}\n`);
    });
}

/** The preset's options with what the command line says instead. */
export function shopOptionsOf(options: CommandOptions): ShopOptions {
  const { visitors, items, days, end, activity, concentration, seed } = options;
  const named = { visitors, items, days, activity, concentration, seed, endMs: end };
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  if (options.full === true) return { ...FULL_SHOP, ...given };
  if (options.published !== true) return { ...DEMO_SHOP, ...given };
  if (visitors !== undefined) return { ...given, visitors };
  throw new SommelierError('invalid-request', '--published needs a size: add --visitors, or use --full.');
}

async function writeWithBar(
  shop: GeneratedShop,
  folder: string,
  { gzip, force }: CommandOptions,
  measure: ShopMeasure | undefined,
): Promise<WrittenFile[]> {
  const bar = progressBar('generate', shop.plannedEvents);
  try {
    return await writeShop(shop, folder, {
      ...(gzip === true && { gzip }),
      ...(force === true && { force }),
      ...(measure !== undefined && { onEvent: (event) => measure.add(event) }),
      onProgress: (events) => bar.update(events, `${formatCount(events)} events`),
    });
  } finally {
    bar.stop();
  }
}

function reportFiles(files: readonly WrittenFile[], seconds: number): void {
  for (const { path, rows, sizeBytes } of files)
    process.stdout.write(`${path}: ${formatCount(rows)} rows, ${(sizeBytes / 1e6).toFixed(1)} MB\n`);
  const peakMb = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${formatSeconds(seconds)}, at most ${formatCount(peakMb)} MB of memory\n`);
}

function profileTable(rows: readonly ProfileRow[]): string {
  const table = new Table({
    head: ['figure', 'published', 'generated'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
    // No line between two rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { figure, published, generated, digits } of rows)
    table.push([figure, published.toFixed(digits), generated.toFixed(digits)]);
  return table.toString();
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

function date(text: string): number {
  const value = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z.');
}
