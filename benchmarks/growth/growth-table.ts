import { textTable } from '../report/text-table.ts';
import { growthExponent } from './growth-fit.ts';
import { STAGES } from './stage-clock.ts';
import type { MeasuredRun } from './training-run.ts';

/** A size that was measured. */
export interface GrowthPoint
  extends Pick<MeasuredRun, 'engine' | 'counts' | 'seconds' | 'peakBytes' | 'peakBytesOf'> {
  /** Millions of events that were asked for. */
  readonly size: number;
  /** Events that the database holds. */
  readonly events: number;
}

/** One measured quantity over the sizes. */
export interface GrowthRow {
  readonly name: string;
  readonly unit: 's' | 'MiB';
  /** In the order of the points. */
  readonly amounts: readonly number[];
  /** Fitted over all sizes. */
  readonly exponent: number | undefined;
  /** Between the two largest sizes, where constant costs weigh least. */
  readonly lastExponent: number | undefined;
}

const MIB = 1_048_576;

/** Stages, read and prepare together, the whole without start-up, and memory. */
export function growthRows(points: readonly GrowthPoint[]): GrowthRow[] {
  const row = (
    name: string,
    unit: GrowthRow['unit'],
    amountOf: (point: GrowthPoint) => number,
  ): GrowthRow => {
    const samples = points.map((point) => ({ events: point.events, amount: amountOf(point) }));
    return {
      name,
      unit,
      amounts: samples.map(({ amount }) => amount),
      exponent: growthExponent(samples),
      lastExponent: growthExponent(samples.slice(-2)),
    };
  };
  return [
    ...STAGES.map((stage) => row(stage, 's', ({ seconds }) => seconds[stage])),
    row('read and prepare', 's', ({ seconds }) => seconds.read + seconds.prepare),
    row('whole run', 's', ({ seconds }) => STAGES.reduce((sum, stage) => sum + seconds[stage], 0)),
    row('peak memory', 'MiB', ({ peakBytes }) => peakBytes / MIB),
  ];
}

/** The rows for people: a column a size, then the exponents. */
export function growthTable(points: readonly GrowthPoint[]): string {
  const rows = growthRows(points);
  const heads = ['', ...points.map(({ size }) => `${size} M`), 'exponent', 'last two'];
  const cells = rows.map(({ name, unit, amounts, exponent, lastExponent }) => [
    `${name} (${unit})`,
    ...amounts.map((amount) => (unit === 's' ? amount.toFixed(2) : amount.toFixed(0))),
    exponent?.toFixed(3) ?? '-',
    lastExponent?.toFixed(3) ?? '-',
  ]);
  return textTable(heads, cells);
}
