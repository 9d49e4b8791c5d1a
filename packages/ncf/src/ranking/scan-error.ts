/** What a user and a model's items look like to the float32 scan: all that its rounding errors depend on. */
export interface ScannedUser {
  /** |output bias| and whatever else is in every logit of the user, as a sum of absolute values. */
  readonly bias: number;
  /** `[factors]`: output weight times user, and the largest absolute value that an item has there. */
  readonly weighted: Float64Array;
  readonly factorLimits: Float64Array;
  /** `[units]`: the user's half of the first layer; the largest value and absolute value of the items' halves. */
  readonly half: Float64Array;
  readonly halfHighest: Float64Array;
  readonly halfLimits: Float64Array;
  /** Largest absolute value of the evidence. */
  readonly evidence: number;
}

/** The layers behind the first, in float64: `[out, in]`, `[out]`, and the output's `[last]`. */
export interface ScannedNetwork {
  readonly maps: readonly { readonly weight: Float64Array; readonly bias: Float64Array }[];
  readonly output: Float64Array;
  /** Additions that the float64 reference needs for what the scan takes as one number. */
  readonly extraTerms: number;
}

/** Half the distance from 1 to the next float32 number, and a little more for the float64 reference's own rounding. */
const UNIT = 2 ** -24 * (1 + 2 ** -10);
/** A result that is too small for a normal number is off by at most this. */
const TINY = 2 ** -149;
/** Magnitudes up to here cannot overflow float32 (3.4e38). */
const LARGEST = 1e38;

/** gamma(k) = k u / (1 - k u): what k roundings in a row can do to a product or sum (Higham 2002, lemma 3.1). */
function gamma(roundings: number): number {
  return (roundings * UNIT) / (1 - roundings * UNIT);
}

/**
 * A bound on |float32 logit - float64 logit|, the same for all items of a user; Infinity where the scan could overflow.
 *
 * Let u = 2^-24. A sum of K products and a bias b, in any order and with or without fused multiplications, is off by at
 * most gamma(K + 1) (|b| + sum |w_k| |x_k|), since no term goes through more than K + 1 roundings (Higham 2002,
 * section 3.1); inputs that are off by d_k themselves add sum |w_k| d_k, and ReLU adds nothing, since it brings no two
 * numbers apart. So with X_k the largest value that an activation can have and d_k its error:
 * - first layer: both halves are rounded from the float64 numbers of the reference, then added: d = 2 gamma(1) (|U| +
 *   max |V|) + tiny, X = max(0, U + max V), the maxima over all items;
 * - layers behind: d'_j = sum |w_jk| d_k + gamma(K + 1) (|b_j| + sum |w_jk| (X_k + d_k)) + tiny, and
 *   X'_j = max(0, b_j + sum max(w_jk, 0) X_k), as 0 <= x_k <= X_k;
 * - logit: the same with the factors' products, whose user side is rounded once more, and one more addition each for
 *   the evidence.
 * The reference's errors have the same form with 2^-53 in place of u, which `UNIT` includes; so do this function's.
 */
export function scanErrorBound(user: ScannedUser, network: ScannedNetwork): number {
  let { values, errors, safe } = firstLayer(user);
  for (const { weight, bias } of network.maps) {
    const next = denseLayer(weight, bias, values, errors);
    values = next.values;
    errors = next.errors;
    safe &&= next.safe;
  }
  let magnitude = user.bias + user.evidence;
  let error = TINY * (2 + values.length + user.weighted.length);
  for (let f = 0; f < user.weighted.length; f++) {
    magnitude += Math.abs(user.weighted[f]!) * user.factorLimits[f]!;
    error += TINY * user.factorLimits[f]!;
    safe &&= Math.abs(user.weighted[f]!) < LARGEST && user.factorLimits[f]! < LARGEST;
  }
  for (let k = 0; k < values.length; k++) {
    const weight = Math.abs(network.output[k]!);
    magnitude += weight * (values[k]! + errors[k]!);
    error += weight * errors[k]!;
  }
  const roundings = user.weighted.length + values.length + network.extraTerms + 8;
  error += gamma(roundings) * magnitude;
  return safe && magnitude < LARGEST && error < LARGEST ? error * (1 + 2 ** -20) : Number.POSITIVE_INFINITY;
}

interface Activations {
  readonly values: Float64Array;
  readonly errors: Float64Array;
  /** Nothing can overflow, in whatever order it is added. */
  readonly safe: boolean;
}

function firstLayer({ half, halfHighest, halfLimits }: ScannedUser): Activations {
  const values = new Float64Array(half.length);
  const errors = new Float64Array(half.length);
  let safe = true;
  for (let unit = 0; unit < half.length; unit++) {
    const magnitude = Math.abs(half[unit]!) + halfLimits[unit]!;
    values[unit] = Math.max(0, half[unit]! + halfHighest[unit]!);
    errors[unit] = 2 * gamma(1) * magnitude + 2 * TINY;
    safe &&= magnitude < LARGEST;
  }
  return { values, errors, safe };
}

function denseLayer(
  weight: Float64Array,
  bias: Float64Array,
  inputs: Float64Array,
  inputErrors: Float64Array,
): Activations {
  const width = inputs.length;
  const values = new Float64Array(bias.length);
  const errors = new Float64Array(bias.length);
  const rounding = gamma(width + 1);
  let safe = true;
  for (let unit = 0; unit < bias.length; unit++) {
    let highest = bias[unit]!;
    let magnitude = Math.abs(bias[unit]!);
    let error = TINY * (width + 1);
    for (let k = 0; k < width; k++) {
      const w = weight[unit * width + k]!;
      const absolute = Math.abs(w);
      if (w > 0) highest += w * inputs[k]!;
      magnitude += absolute * (inputs[k]! + inputErrors[k]!);
      error += absolute * inputErrors[k]!;
    }
    values[unit] = Math.max(0, highest);
    errors[unit] = error + rounding * magnitude;
    safe &&= magnitude < LARGEST;
  }
  return { values, errors, safe };
}
