import { textTable } from '../report/text-table.ts';
import { percentile } from '../serve/latencies.ts';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import type { RoundRecord } from './record.ts';

export interface KindSummary {
  readonly kind: FaultKind;
  readonly rounds: number;
  /** Of these, rounds in which the fault met what it was meant for; times are of those. */
  readonly met: number;
  readonly violations: number;
  readonly recoverySeconds: { readonly p50: number; readonly p99: number; readonly max: number } | null;
}

/** Rounds, violations and times of recovery of each kind that was played. */
export function summaryOf(records: readonly RoundRecord[]): KindSummary[] {
  return FAULT_KINDS.flatMap((kind) => {
    const own = records.filter((record) => record.kind === kind);
    if (own.length === 0) return [];
    const met = own.filter((record) => record.met);
    const seconds = met.flatMap(({ recoverySeconds }) => recoverySeconds ?? []).sort((a, b) => a - b);
    const recoverySeconds =
      seconds.length === 0
        ? null
        : { p50: percentile(seconds, 0.5), p99: percentile(seconds, 0.99), max: percentile(seconds, 1) };
    const violations = own.reduce((sum, record) => sum + record.violations.length, 0);
    return [{ kind, rounds: own.length, met: met.length, violations, recoverySeconds }];
  });
}

export function summaryTable(records: readonly RoundRecord[]): string {
  const digits = (seconds: number | undefined) => seconds?.toFixed(1) ?? '-';
  return textTable(
    ['fault', 'rounds', 'met', 'violations', 'recovery p50 (s)', 'p99 (s)', 'max (s)'],
    summaryOf(records).map(({ kind, rounds, met, violations, recoverySeconds }) => [
      kind,
      String(rounds),
      String(met),
      String(violations),
      digits(recoverySeconds?.p50),
      digits(recoverySeconds?.p99),
      digits(recoverySeconds?.max),
    ]),
  );
}
