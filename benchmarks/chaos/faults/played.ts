import type { DeclaredRun } from '../observation.ts';

/** What was done in a round, and what it leads to expect. */
export interface Played {
  /** When the installation was first hurt (Unix ms). */
  readonly hurtAtMs: number;
  /** When the cause was taken away again, where it lasts (Unix ms). */
  readonly mendedAtMs: number;
  readonly runs: readonly DeclaredRun[];
  /** Whether the fault takes away what a write needs. */
  readonly writesMayFail: boolean;
  /** What did not happen although the fault should have led to it. */
  readonly unmet: readonly string[];
  /** Whether the fault met what it was meant for: a run in work, a lock that was lost. A round in which it did not proves nothing. */
  readonly met: boolean;
  /** What became of the fault, for a reader. */
  readonly note: string;
  /** Takes back what later rounds must not find; called when everything was looked at. */
  readonly cleanUp?: () => Promise<void>;
}

/** A fault that is over at once, in an installation where a run must succeed all the same. */
export function played(parts: Partial<Played> & Pick<Played, 'hurtAtMs'>): Played {
  return {
    mendedAtMs: parts.hurtAtMs,
    runs: [],
    writesMayFail: false,
    unmet: [],
    met: true,
    note: '',
    ...parts,
  };
}
