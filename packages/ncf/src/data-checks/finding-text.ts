/** `1234567` as `1,234,567`. */
export function countText(count: number): string {
  return count.toLocaleString('en');
}

/** A share as a percentage with one decimal. */
export function percentText(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** A time of the log; what no calendar has is told as a number. */
export function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? `${timeMs} ms` : date.toISOString();
}
