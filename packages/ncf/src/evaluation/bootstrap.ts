import type { Estimate } from '@sommelier/contracts';
import { uniformInt } from '../random/counter-random.ts';
import { EVALUATION_STREAM } from './evaluation-streams.ts';

const LOW = 0.025;
const HIGH = 0.975;

/**
 * Mean of each series over the users, with its 95% percentile-bootstrap interval (Efron 1979): users are drawn with
 * replacement `resamples` times, and the interval holds the middle 95% of the means. All series share the draws.
 *
 * `series`: each `[users]`, of equal length, at least one user. Deterministic by seed.
 */
export function bootstrapEstimates(
  series: readonly Float64Array[],
  { resamples, seed }: { resamples: number; seed: number },
): Estimate[] {
  const users = series[0]?.length ?? 0;
  if (users === 0 || series.some(({ length }) => length !== users)) {
    throw new RangeError('the bootstrap needs series of equal length, with at least one user');
  }
  const means = series.map(() => new Float64Array(resamples));
  const draws = new Uint32Array(users);
  for (let resample = 0; resample < resamples; resample++) {
    for (let place = 0; place < users; place++) {
      draws[place] = uniformInt(users, seed, EVALUATION_STREAM.bootstrap, resample, place);
    }
    for (const [index, values] of series.entries()) means[index]![resample] = meanOf(values, draws);
  }
  return series.map((values, index) => {
    const sorted = means[index]!.sort();
    let sum = 0;
    for (const value of values) sum += value;
    return { mean: sum / users, low: quantile(sorted, LOW), high: quantile(sorted, HIGH) };
  });
}

function meanOf(values: Float64Array, draws: Uint32Array): number {
  let sum = 0;
  for (let place = 0; place < draws.length; place++) sum += values[draws[place]!]!;
  return sum / draws.length;
}

/** Linear between the two values around the place `share x (n - 1)`. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
