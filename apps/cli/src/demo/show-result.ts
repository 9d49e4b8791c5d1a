import type { Funnel, Manifest, Metrics, RankerReport } from '@sommelier/contracts';
import Table from 'cli-table3';
import pc from 'picocolors';
import { formatCount, formatEpochs } from '../terminal/format.ts';
import { formatEstimate } from './format.ts';

/** Lines without borders: a table for reading, not for counting dashes. */
const PLAIN = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '  ',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

/** So that the table stays within 100 columns. */
const MAX_DESCRIPTION = 68;
const MAX_TEXT = 96;

type Alignment = 'left' | 'right';

/** A table as text, its heads dimmed. */
export function plainTable(
  heads: readonly { text: string; align?: Alignment }[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    ...PLAIN,
    head: heads.map(({ text }) => pc.dim(text)),
    colAligns: heads.map(({ align }) => align ?? 'left'),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** A text in lines of at most `width` columns, set in as tables are. */
export function paragraph(text: string, width = MAX_TEXT): string {
  const table = new Table({ ...PLAIN, colWidths: [width], wordWrap: true });
  table.push([text]);
  return table.toString();
}

/** The metrics of the model beside those of popularity and item-kNN, with 95% intervals. */
export function metricsText(metrics: Metrics): string {
  const { protocol, neumf, popularity, itemKnn } = metrics;
  const row = (name: string, { full, sampled }: RankerReport): string[] =>
    [name, full.hr, full.ndcg, sampled.hr, sampled.ndcg].map((cell) =>
      typeof cell === 'string' ? cell : formatEstimate(cell),
    );
  const at = `@${protocol.cutoff}`;
  const table = plainTable(
    ['', `HR${at}, full`, `NDCG${at}, full`, `HR${at}, sampled`, `NDCG${at}, sampled`].map((text) => ({
      text,
    })),
    [row('NeuMF', neumf), row('item-kNN', itemKnn), row('popularity', popularity)],
  );
  const base = popularity.full.ndcg.mean;
  const ratio =
    base > 0 ? `${(neumf.full.ndcg.mean / base).toFixed(1)} times popularity's` : 'popularity has none';
  return [
    pc.bold('Quality'),
    `  the last item of ${formatCount(protocol.users)} users, held out; 95% intervals; ${formatEpochs(metrics.epochs)}`,
    table,
    `  full: among all items; sampled: against ${protocol.sampledNegatives} sampled ones, as in the paper`,
    `  NDCG${at} among all items is ${ratio}`,
  ].join('\n');
}

/** What each rule of the preparation kept. */
export function funnelText(funnel: Funnel): string {
  const rows = funnel.steps.map(({ description, kept }) => [
    description.length > MAX_DESCRIPTION ? `${description.slice(0, MAX_DESCRIPTION - 1)}…` : description,
    ...[kept.users, kept.items, kept.events].map(formatCount),
  ]);
  const heads = [
    { text: 'kept by' },
    ...['users', 'items', 'events'].map((text) => ({ text, align: 'right' as const })),
  ];
  return [pc.bold('Preparation'), plainTable(heads, rows)].join('\n');
}

/** What was trained, with what, and how long it took. */
export function modelText({ version, counts, engine, config, trainingSeconds, file }: Manifest): string {
  const { factors, layers } = config.model;
  return [
    pc.bold('Model'),
    `  ${version}: ${formatCount(counts.users)} users, ${formatCount(counts.items)} items, ${formatCount(counts.interactions)} interactions`,
    `  NeuMF with ${factors} factors and layers ${layers.join('-') || '(none)'}, ${(file.sizeBytes / 1e6).toFixed(1)} MB, ` +
      `trained in ${trainingSeconds.toFixed(1)} s by ${engine.name} (${engine.backend}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'})`,
  ].join('\n');
}
