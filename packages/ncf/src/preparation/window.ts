const MS_A_DAY = 86_400_000;

/** The sliding window over the log: `fromMs < timestamp <= asOfMs` (Unix ms). */
export interface EventWindow {
  /** Start of the window, exclusive; null = all events up to the end. */
  readonly fromMs: number | null;
  /** End of the window, inclusive. */
  readonly asOfMs: number;
}

/** The window of so many days that ends at the newest event; 0 days = all events up to it. */
export function windowOf(newestMs: number, windowDays: number): EventWindow {
  if (windowDays === 0) return { fromMs: null, asOfMs: newestMs };
  // Times are whole milliseconds, so a bound between two of them may as well be the lower one.
  return { fromMs: Math.floor(newestMs - windowDays * MS_A_DAY), asOfMs: newestMs };
}
