/** Milliseconds of many requests. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that at least this fraction of the values does not exceed (nearest rank). @throws RangeError */
export function percentile(ascending: ArrayLike<number>, fraction: number): number {
  if (ascending.length === 0) throw new RangeError('no values have no percentile');
  const rank = Math.ceil(fraction * ascending.length);
  return ascending[Math.min(Math.max(rank, 1), ascending.length) - 1]!;
}

/** Undefined without a value. */
export function summarize(milliseconds: readonly number[]): LatencySummary | undefined {
  if (milliseconds.length === 0) return undefined;
  const ascending = Float64Array.from(milliseconds).sort();
  return {
    p50: percentile(ascending, 0.5),
    p95: percentile(ascending, 0.95),
    p99: percentile(ascending, 0.99),
    max: ascending.at(-1)!,
  };
}
