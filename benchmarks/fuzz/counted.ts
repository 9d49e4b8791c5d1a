const MAX_FAILURES_KEPT = 20;

/** A case that was neither refused in an orderly way nor accepted for a good reason. */
export interface CaseFailure {
  readonly kind: string;
  /** Which one it was: the same seed makes it again. */
  readonly index: number;
  readonly what: string;
}

export interface CaseResult {
  readonly cases: number;
  /** Cases by kind, then by what became of them. */
  readonly outcomes: Record<string, Record<string, number>>;
  readonly failed: number;
  /** The first of them. */
  readonly failures: readonly CaseFailure[];
  readonly seconds: number;
  /** Most memory that the process has had by the end. */
  readonly peakBytes: number;
}

/** Counts cases while they are tried. */
export class CaseCount {
  readonly #outcomes: Record<string, Record<string, number>> = {};
  readonly #failures: CaseFailure[] = [];
  readonly #startedMs = performance.now();
  #cases = 0;
  #failed = 0;

  note(kind: string, outcome: string): void {
    this.#cases++;
    this.#outcomes[kind] ??= {};
    const counts = this.#outcomes[kind]!;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }

  fail(kind: string, what: string): void {
    this.#failed++;
    if (this.#failures.length < MAX_FAILURES_KEPT) {
      this.#failures.push({ kind, index: this.#cases, what: what.slice(0, 1_000) });
    }
    this.note(kind, 'FAILED');
  }

  result(): CaseResult {
    return {
      cases: this.#cases,
      outcomes: this.#outcomes,
      failed: this.#failed,
      failures: this.#failures,
      seconds: (performance.now() - this.#startedMs) / 1_000,
      peakBytes: process.resourceUsage().maxRSS * 1_024,
    };
  }
}
