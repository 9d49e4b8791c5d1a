import { textTable } from '../report/text-table.ts';
import type { ExactCell } from './cells.ts';
import type { Comparison } from './compare-answers.ts';
import type { timeFilters } from './filter-times.ts';

interface Row {
  readonly cell: ExactCell;
  readonly users: number;
  readonly filters: Readonly<Record<string, Comparison>>;
}

export function comparisonTable(results: readonly Row[]): string {
  const header = ['model', 'filter', 'users', 'compared', 'identical', 'fewer than n'];
  const rows = results.flatMap(({ cell, users, filters }) =>
    Object.entries(filters).map(([name, { compared, identical, short }]) => [
      ...[cell.name, name, users, compared, identical, short].map(String),
    ]),
  );
  return textTable(header, rows);
}

export function timesTable(times: Awaited<ReturnType<typeof timeFilters>>): string {
  const { tableItems, modelItems, loadedBytes, load, bind, filters, changed, masks, refresh } = times;
  const rows = filters.map(({ name, first, fresh, again }) => [
    name,
    first.toFixed(1),
    `${fresh.median.toFixed(2)} (${fresh.least.toFixed(2)}-${fresh.most.toFixed(2)})`,
    again.toFixed(4),
  ]);
  return [
    textTable(['filter, CPU ms', 'the very first', 'new: median (min-max)', 'again'], rows),
    `${tableItems} items made up and put into columns: ${load.toFixed(0)} ms, ${(loadedBytes / 2 ** 20).toFixed(0)} MiB; ` +
      `bound to a model of ${modelItems}: ${bind.toFixed(0)} ms`,
    `${changed} changed items, mended in ${masks} masks: ${refresh.toFixed(1)} ms`,
  ].join('\n');
}
