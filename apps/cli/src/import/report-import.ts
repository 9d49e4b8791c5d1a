import pc from 'picocolors';
import { formatCount, formatSeconds } from '../terminal/format.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import type { ImportProgress, ImportSummary } from './import-rows.ts';
import type { RowSource } from './row-source.ts';

/** What is said of the two numbers of a summary. */
export interface SummaryLabels {
  readonly stored: string;
  readonly duplicates: string;
}

const ROW_LABELS: SummaryLabels = { stored: 'stored', duplicates: 'duplicates' };

/** Runs an import with a progress bar and prints its summary and the first bad rows. */
export async function reportingImport(
  source: RowSource<unknown>,
  run: (onProgress: (progress: ImportProgress) => void) => Promise<ImportSummary>,
  labels = ROW_LABELS,
): Promise<ImportSummary> {
  const started = performance.now();
  const bar = progressBar('import', source.total);
  try {
    const summary = await run(({ done, rows, checking }) => {
      const rate = rows / Math.max((performance.now() - started) / 1_000, 0.001);
      const verb = checking ? 'checked' : 'rows';
      bar.update(done, `${formatCount(rows)} ${verb}, ${formatCount(rate)}/s`);
    });
    bar.stop();
    process.stdout.write(`${describeSummary(source.name, summary, labels)}\n`);
    return summary;
  } finally {
    bar.stop();
  }
}

/** The summary for people, a line a fact. */
export function describeSummary(name: string, summary: ImportSummary, labels = ROW_LABELS): string {
  const { rows, stored, duplicates, bad, firstBad, seconds } = summary;
  const rate = formatCount(rows / Math.max(seconds, 0.001));
  const lines = [
    `${name}: ${formatCount(rows)} rows read in ${formatSeconds(seconds)} (${rate} rows/s)`,
    `  ${labels.stored.padEnd(12)}${formatCount(stored)}`,
    `  ${labels.duplicates.padEnd(12)}${formatCount(duplicates)}`,
    `  bad         ${formatCount(bad)}`,
    ...firstBad.map(({ line, reason }) => `    ${pc.yellow(`line ${line}`)}: ${reason}`),
  ];
  if (bad > firstBad.length) lines.push(`    and ${formatCount(bad - firstBad.length)} more`);
  return lines.join('\n');
}
