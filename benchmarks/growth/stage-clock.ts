/** What a run's time is divided into. Start-up is no part of any stage. */
export const STAGES = ['read', 'prepare', 'train', 'evaluate', 'publish'] as const;
export type Stage = (typeof STAGES)[number];
export type Period = Stage | 'start-up';

/**
 * What the worker says when something begins. Start-up is loading code: that of the training thread before the first
 * event is read, and that of the engine after the preparation has ended with its snapshot.
 */
const BEGINNINGS: readonly (readonly [line: RegExp, period: Period])[] = [
  [/^took a job$/, 'start-up'],
  [/^Reading events$/, 'read'],
  [/^Preparing [\d,]+ events$/, 'prepare'],
  [/ interactions to train on$/, 'start-up'],
  [/^Looking for the number of epochs$/, 'train'],
  [/^Evaluating$/, 'evaluate'],
  [/^Training the model to publish$/, 'train'],
  [/^Writing the model file$/, 'publish'],
];
const END = /^finished a job$/;

/** Adds up the seconds of each stage from the lines of the worker's log and their times. */
export class StageClock {
  readonly #seconds = new Map<Period, number>();
  #current: { period: Period; sinceMs: number } | undefined;

  /** What the run is at; undefined before and after it. */
  get period(): Period | undefined {
    return this.#current?.period;
  }

  see(line: string, timeMs: number): void {
    const begun = BEGINNINGS.find(([pattern]) => pattern.test(line))?.[1];
    if (begun === undefined && !END.test(line)) return;
    if (this.#current !== undefined) {
      const { period, sinceMs } = this.#current;
      this.#seconds.set(period, (this.#seconds.get(period) ?? 0) + (timeMs - sinceMs) / 1_000);
    }
    this.#current = begun && { period: begun, sinceMs: timeMs };
  }

  /**
   * Seconds of every stage and of the start-up.
   * @throws Error when a stage was not seen: the worker's log reads differently from what is expected here
   */
  seconds(): Record<Period, number> {
    const periods: Period[] = ['start-up', ...STAGES];
    const missing = periods.filter((period) => !this.#seconds.has(period));
    if (missing.length > 0) throw new Error(`The worker's log does not show ${missing.join(', ')}`);
    return Object.fromEntries(periods.map((period) => [period, this.#seconds.get(period)!])) as Record<
      Period,
      number
    >;
  }
}
