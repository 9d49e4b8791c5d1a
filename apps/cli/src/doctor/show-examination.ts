import type { DataFinding, Funnel } from '@sommelier/contracts';
import Table from 'cli-table3';
import pc from 'picocolors';
import { formatCount } from '../terminal/format.ts';
import type { Examination } from './examine.ts';

const TEXT_WIDTH = 90;
/** No line between two rows. */
const STYLE = {
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  style: { head: [], border: [] },
};
const COLOURS = { ok: pc.green, warn: pc.yellow, fail: pc.red } as const;
const SUMMARIES = {
  ok: 'Nothing stands out: train on it.',
  warn: 'A training run would go on; look at the warnings.',
  fail: 'A training run would fail, or learn nothing of use.',
} as const;

/** The findings and the funnel as tables for a terminal. */
export function showExamination({ source, level, findings, funnel }: Examination): string {
  const parts = [source, findingsTable(findings)];
  if (funnel !== null) parts.push(funnelTable(funnel));
  parts.push(`${COLOURS[level](level)}: ${SUMMARIES[level]}`);
  return parts.join('\n');
}

function findingsTable(findings: readonly DataFinding[]): string {
  const table = new Table({
    head: ['', 'check', 'finding'],
    colWidths: [null, null, TEXT_WIDTH],
    wordWrap: true,
    ...STYLE,
  });
  for (const { level, code, text } of findings) table.push([COLOURS[level](level), code, text]);
  return table.toString();
}

function funnelTable({ steps }: Funnel): string {
  const table = new Table({
    head: ['step', 'users', 'items', 'events', 'dropped events'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    ...STYLE,
  });
  for (const { rule, kept, dropped } of steps) {
    table.push([rule, ...[kept.users, kept.items, kept.events, dropped.events].map(formatCount)]);
  }
  return table.toString();
}
