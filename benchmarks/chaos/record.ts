import type { FaultKind } from './fault.ts';
import type { Violation } from './invariants.ts';

/** What a round came to. */
export interface RoundRecord {
  readonly round: number;
  readonly kind: FaultKind;
  readonly details: string;
  readonly note: string;
  readonly startedAtMs: number;
  /** From the first hurt until everything was as before; null when it was not in time. */
  readonly recoverySeconds: number | null;
  /** Of these, the time after the cause was taken away. */
  readonly afterMendingSeconds: number | null;
  readonly reads: number;
  readonly writes: number;
  /** Whether the fault met what it was meant for. */
  readonly met: boolean;
  readonly violations: readonly Violation[];
}

/** One line about a round. */
export function lineOf(record: RoundRecord): string {
  const { round, kind, details, note, recoverySeconds, violations } = record;
  const time = recoverySeconds === null ? 'not recovered' : `${recoverySeconds.toFixed(1)} s`;
  const verdict =
    violations.length === 0 ? (record.met ? 'ok' : 'ok, not met') : `${violations.length} VIOLATIONS`;
  const what = [details, note].filter((part) => part !== '').join(' | ');
  return `${String(round).padStart(4)}  ${kind.padEnd(13)}  ${time.padStart(7)}  ${verdict}  ${what}`;
}
