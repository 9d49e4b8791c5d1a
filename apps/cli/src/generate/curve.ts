/** A function given by points of ascending x; between them it is a straight line in the transformed plane. */
export interface Curve {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Which axes are taken as logarithms between the points. */
  readonly scale: 'log-log' | 'log-y' | 'linear';
}

/** Value of the curve at x; outside the points, that of the nearest one. */
export function curveAt(curve: Curve, x: number): number {
  const { points, scale } = curve;
  const first = points[0]!;
  const last = points[points.length - 1]!;
  if (x <= first[0]) return first[1];
  if (x >= last[0]) return last[1];
  let upper = 1;
  while (points[upper]![0] < x) upper++;
  const [x0, y0] = points[upper - 1]!;
  const [x1, y1] = points[upper]!;
  const share =
    scale === 'log-log' ? (Math.log(x) - Math.log(x0)) / (Math.log(x1) - Math.log(x0)) : (x - x0) / (x1 - x0);
  if (scale === 'linear') return y0 + share * (y1 - y0);
  return Math.exp(Math.log(y0) + share * (Math.log(y1) - Math.log(y0)));
}

/** The x at which a strictly ascending curve has the value y. */
export function inverseCurve(curve: Curve & { scale: 'log-log' | 'linear' }): Curve {
  return {
    scale: curve.scale,
    points: curve.points.map(([x, y]) => [y, x] as const).sort((a, b) => a[0] - b[0]),
  };
}

/** The points' positions: for each weight, the sum of those before it, and the sum of all at the end. */
export function prefixSums(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length + 1);
  for (let index = 0; index < weights.length; index++) sums[index + 1] = sums[index]! + weights[index]!;
  return sums;
}

/**
 * Index of the weight that a position falls into, in `[from, to)`: the largest i with `sums[i] <= position`.
 * `sums` as {@link prefixSums} returns them.
 */
export function positionIn(sums: Float64Array, position: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! <= position) low = middle;
    else high = middle;
  }
  return low;
}
