import { textTable } from '../report/text-table.ts';
import { type Spread, spreadOf } from '../train/statistics.ts';
import { nameOf, type ScoreCell, TARGET } from './cells.ts';
import type { RankerTimes } from './measured-ranker.ts';
import type { TorchTimes } from './torch-scorer.ts';

const BATCH = 64;

/** CPU milliseconds a user. */
export interface CellFigures {
  readonly cell: ScoreCell;
  readonly one: Spread;
  readonly batch: Spread;
  readonly bruteForce: Spread;
  readonly torchWhole?: Spread;
  readonly torchSplit?: Spread;
  readonly torchBatch?: Spread;
}

export function figuresOf(cell: ScoreCell, ranker: RankerTimes, torch: TorchTimes | undefined): CellFigures {
  const each = (times: readonly number[]) => spreadOf(times.map((time) => time / BATCH));
  return {
    cell,
    one: spreadOf(ranker.one),
    batch: each(ranker.batch),
    bruteForce: spreadOf(ranker.bruteForce),
    ...(torch === undefined
      ? {}
      : {
          torchWhole: spreadOf(torch.whole),
          torchSplit: spreadOf(torch.split),
          torchBatch: each(torch.batch),
        }),
  };
}

export function figureTable(figures: readonly CellFigures[]): string {
  const header = [
    'CPU ms a user: median (min-max)',
    'one',
    'of 64',
    'brute force',
    'torch whole',
    'split',
    'split of 64',
  ];
  const rows = figures.map((row) => [
    nameOf(row.cell),
    ...[row.one, row.batch, row.bruteForce, row.torchWhole, row.torchSplit, row.torchBatch].map(text),
  ]);
  return textTable(header, rows);
}

function text(spread: Spread | undefined): string {
  if (spread === undefined) return '-';
  const digits = spread.median < 10 ? 2 : 1;
  return `${spread.median.toFixed(digits)} (${spread.least.toFixed(digits)}-${spread.most.toFixed(digits)})`;
}

export interface Verdict {
  readonly target: string;
  readonly value: number;
  readonly limit: number;
  readonly met: boolean;
}

/** The targets of the cell that has some, where it was measured. */
export function verdictsOf(figures: readonly CellFigures[]): Verdict[] {
  const row = figures.find(({ cell }) => cell.items === TARGET.items && cell.factors === TARGET.factors);
  if (row === undefined) return [];
  const verdict = (target: string, value: number, limit: number) => ({
    target,
    value,
    limit,
    met: value <= limit,
  });
  const verdicts = [verdict(`CPU ms of one user, ${nameOf(row.cell)}`, row.one.median, TARGET.milliseconds)];
  if (row.torchSplit !== undefined) {
    const ratio = row.one.median / row.torchSplit.median;
    verdicts.push(verdict("part of PyTorch's split form", ratio, TARGET.ofTorchSplit));
  }
  return verdicts;
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return textTable(
    ['target', 'value', 'limit', ''],
    verdicts.map(({ target, value, limit, met }) => [
      target,
      value.toFixed(2),
      `${limit}`,
      met ? 'met' : 'missed',
    ]),
  );
}
