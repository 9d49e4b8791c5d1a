/** One measurement: how much of something at how many events. */
export interface GrowthSample {
  readonly events: number;
  readonly amount: number;
}

/**
 * The exponent b of amount = a x events^b: least-squares slope of log amount over log events. Undefined with fewer
 * than two different numbers of events, or when an amount is not positive, since neither has such a slope.
 */
export function growthExponent(samples: readonly GrowthSample[]): number | undefined {
  if (samples.some(({ events, amount }) => !(events > 0 && amount > 0))) return undefined;
  const xs = samples.map(({ events }) => Math.log(events));
  const ys = samples.map(({ amount }) => Math.log(amount));
  const meanX = mean(xs);
  const meanY = mean(ys);
  let covariance = 0;
  let variance = 0;
  for (const [index, x] of xs.entries()) {
    covariance += (x - meanX) * (ys[index]! - meanY);
    variance += (x - meanX) ** 2;
  }
  return variance > 0 ? covariance / variance : undefined;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
