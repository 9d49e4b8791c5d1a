import {
  type BatchRequest,
  batchRequestSchema,
  describeDetails,
  SommelierError,
  zodDetails,
} from '@sommelier/contracts';
import { openDatabase } from '@sommelier/platform';
import { Command } from 'commander';
import { type UrlOption, urlOption } from '../api/url-option.ts';
import {
  type DatabaseUrlOption,
  databaseUrlOption,
  resolveDatabaseUrl,
} from '../terminal/database-url-option.ts';
import { formatCount, formatSeconds } from '../terminal/format.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { batchQuestion } from './batch-question.ts';
import { checkTarget } from './complete-file.ts';
import { type ExportSummary, exportRecommendations } from './export-recommendations.ts';

interface ChoiceOptions {
  n: string;
  includeSeen?: boolean;
  exclude?: string[];
  include?: string[];
  category?: string[];
  inStock?: boolean;
  minPrice?: string;
  maxPrice?: string;
  filter?: string;
  maxPerCategory?: string;
}

interface RecommendationsOptions extends DatabaseUrlOption, UrlOption, ChoiceOptions {
  out: string;
  force?: boolean;
}

/** `sommelier export`: what the API recommends, as a file. */
export function exportCommand(): Command {
  const command = new Command('export').description('write what is recommended to a file');
  command
    .command('recommendations')
    .description("every user's top N, all by one model, through a running API")
    .requiredOption('--out <file>', 'the file to write: .csv, .csv.gz or .parquet')
    .option('--n <count>', 'items a user', '10')
    .option('--include-seen', 'do not leave out what a user has interacted with')
    .option('--exclude <ids...>', 'items to leave out')
    .option('--include <ids...>', 'only these items')
    .option('--category <ids...>', 'only items of these categories, with all below them')
    .option('--in-stock', 'only items that are available')
    .option('--min-price <price>', 'only items of at least this price')
    .option('--max-price <price>', 'only items of at most this price')
    .option('--filter <expression>', 'only items whose properties meet this expression')
    .option('--max-per-category <count>', 'most items of one category in a list')
    .option('--force', 'replace the file if it exists')
    .addOption(urlOption())
    .addOption(databaseUrlOption())
    .action(run);
  return command;
}

async function run(options: RecommendationsOptions): Promise<void> {
  const choice = choiceOf(options);
  await checkTarget(options.out, { force: options.force ?? false });
  const database = await openDatabase({ url: resolveDatabaseUrl(options) });
  try {
    const { users } = await database.events.totals();
    const bar = progressBar('export', users);
    const started = performance.now();
    try {
      const summary = await exportRecommendations({
        out: options.out,
        userIdPages: (size) => database.events.userIdPages(size),
        ask: batchQuestion(options.url),
        choice,
        onProgress: (done) => {
          const rate = done / Math.max((performance.now() - started) / 1_000, 0.001);
          bar.update(done, `${formatCount(done)} users, ${formatCount(rate)}/s`);
        },
      });
      bar.stop();
      process.stdout.write(`${describeExport(options.out, summary)}\n`);
    } finally {
      bar.stop();
    }
  } finally {
    await database.close();
  }
}

/** @throws SommelierError `invalid-request` that names what is wrong, as the API names it */
function choiceOf(options: ChoiceOptions): Omit<BatchRequest, 'userIds'> {
  const numbers = { n: options.n, minPrice: options.minPrice, maxPrice: options.maxPrice };
  const { exclude, include, category, inStock, filter, maxPerCategory } = options;
  const given = {
    excludeSeen: options.includeSeen === true ? false : undefined,
    ...{ exclude, include, category, inStock, filter },
    ...Object.fromEntries(
      Object.entries({ ...numbers, maxPerCategory })
        .filter(([, text]) => text !== undefined)
        .map(([name, text]) => [name, text?.trim() === '' ? Number.NaN : Number(text)]),
    ),
  };
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = batchRequestSchema.omit({ userIds: true }).safeParse(defined);
  if (parsed.success) return parsed.data;
  const details = zodDetails(parsed.error);
  throw new SommelierError('invalid-request', `The options are not valid: ${describeDetails(details)}.`, {
    details,
  });
}

/** The summary for people, a line a fact. */
export function describeExport(out: string, summary: ExportSummary): string {
  const { users, rows, strategies, empty, modelVersion, restarts, seconds } = summary;
  const rate = formatCount(users / Math.max(seconds, 0.001));
  const lines = [
    `${out}: ${formatCount(rows)} rows for ${formatCount(users)} users in ${formatSeconds(seconds)} (${rate} users/s)`,
    ...Object.entries(strategies).map(
      ([strategy, count]) => `  ${strategy.padEnd(12)}  ${formatCount(count)}`,
    ),
  ];
  if (empty > 0) lines.push(`  without items  ${formatCount(empty)}`);
  if (modelVersion !== undefined) lines.push(`  model         ${modelVersion}`);
  if (restarts > 0) lines.push(`  the model changed meanwhile: begun again ${formatCount(restarts)} times`);
  return lines.join('\n');
}
