import { textTable } from '../report/text-table.ts';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import type { RoundRecord } from './record.ts';

export interface KindSummary {
  readonly kind: FaultKind;
  readonly rounds: number;
  readonly violations: number;
  readonly recoverySeconds: { readonly p50: number; readonly p99: number; readonly max: number } | null;
}

/** The smallest value that so large a share of the values does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('there is no percentile of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** Rounds, violations and times of recovery of each kind that was played. */
export function summaryOf(records: readonly RoundRecord[]): KindSummary[] {
  return FAULT_KINDS.flatMap((kind) => {
    const own = records.filter((record) => record.kind === kind);
    if (own.length === 0) return [];
    const seconds = own.flatMap(({ recoverySeconds }) => recoverySeconds ?? []);
    const recoverySeconds =
      seconds.length === 0
        ? null
        : { p50: percentile(seconds, 0.5), p99: percentile(seconds, 0.99), max: percentile(seconds, 1) };
    const violations = own.reduce((sum, record) => sum + record.violations.length, 0);
    return [{ kind, rounds: own.length, violations, recoverySeconds }];
  });
}

export function summaryTable(records: readonly RoundRecord[]): string {
  const digits = (seconds: number | undefined) => seconds?.toFixed(1) ?? '-';
  return textTable(
    ['fault', 'rounds', 'violations', 'recovery p50 (s)', 'p99 (s)', 'max (s)'],
    summaryOf(records).map(({ kind, rounds, violations, recoverySeconds }) => [
      kind,
      String(rounds),
      String(violations),
      digits(recoverySeconds?.p50),
      digits(recoverySeconds?.p99),
      digits(recoverySeconds?.max),
    ]),
  );
}
