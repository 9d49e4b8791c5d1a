/** How many events a user may have (rule 1 of the preparation). */
export interface EventCountLimit {
  readonly mean: number;
  /** Of the sample, with n - 1; 0 for a single user. */
  readonly standardDeviation: number;
  /** Largest whole number of events that is not above mean + deviations x standardDeviation. */
  readonly maxEvents: number;
}

const DEVIATION_SCALE = 1_000_000;

/**
 * The limit from the counts of all users with an event (zeros are no users of the window).
 *
 * With n users, S = sum of c and Q = sum of c^2, a count c > mean is within d deviations when
 * (n c - S)^2 (n - 1) <= d^2 n (n Q - S^2). All of these are whole numbers (d is taken to six decimals), so a user
 * exactly at the limit is kept whatever the rounding of mean and deviation, and in whatever order they are read.
 */
export function eventCountLimit(counts: Uint32Array, deviations: number): EventCountLimit {
  let users = 0;
  let sum = 0;
  let squares = 0n;
  let largest = 0;
  for (const count of counts) {
    if (count === 0) continue;
    users++;
    sum += count;
    squares += BigInt(count) * BigInt(count);
    if (count > largest) largest = count;
  }
  if (users === 0) return { mean: 0, standardDeviation: 0, maxEvents: 0 };
  const n = BigInt(users);
  const total = BigInt(sum);
  const spread = n * squares - total * total;
  const scale = BigInt(DEVIATION_SCALE);
  const scaled = BigInt(Math.round(deviations * DEVIATION_SCALE));
  const isWithin = (count: number): boolean => {
    const distance = n * BigInt(count) - total;
    return distance <= 0n || distance ** 2n * (n - 1n) * scale ** 2n <= scaled ** 2n * n * spread;
  };
  return {
    mean: sum / users,
    standardDeviation: users === 1 ? 0 : Math.sqrt(Number(spread) / users / (users - 1)),
    maxEvents: largestWithin(Math.floor(sum / users), largest, isWithin),
  };
}

/** The largest number of `low` to `high` that is within; `low` is, and every number below one that is. */
function largestWithin(low: number, high: number, isWithin: (count: number) => boolean): number {
  let within = low;
  let end = high;
  while (within < end) {
    const middle = Math.ceil((within + end) / 2);
    if (isWithin(middle)) within = middle;
    else end = middle - 1;
  }
  return within;
}
