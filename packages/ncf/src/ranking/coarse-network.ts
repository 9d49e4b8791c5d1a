import type { CoarseScoringNetwork, CoarseScoringUser } from '@sommelier/kernel/score';
import type { ScannedNetwork, ScannedUser } from './scan-error.ts';

/** Largest integer of 16 bits, and what an activation of the first layer may be: two roundings less. */
const LARGEST = 32_767;
const LARGEST_SUM = 2 ** 31 - 1;
const FIRST_LARGEST = LARGEST - 3;
/** An activation is the upper 16 bits of a sum, to the nearest: half of one of its units is added before. */
const ACTIVATION = 65_536;
/** What rounding to an integer is off by, and a little more for a number that was rounded to float32 before. */
const ROUNDED = 0.51;
/** How far beyond the users that were looked at a user's first layer may go. */
const HEADROOM = 1.25;
/** Steps that float32 can tell from zero with all its digits. */
const SMALLEST_STEP = 1e-30;

/** A layer in integers, with all that its error is made of. */
interface CoarseMap {
  readonly weight: Int16Array;
  readonly bias: Int32Array;
  /** `[out, in]`: |weight| of the network, and what its integer is off by, in the output's unit a unit of the input's. */
  readonly magnitudes: Float64Array;
  readonly residuals: Float64Array;
  /** `[out]`: error that a sum has of itself: its bias's, and that of taking the upper half of it. */
  readonly ownErrors: Float64Array;
  /** `[out]`: what an activation is multiplied by, and its largest integer. */
  readonly scales: Float64Array;
  readonly limits: Float64Array;
}

/**
 * The network in 16-bit integers, for a scan of twice the speed whose error is larger but proven too.
 *
 * Every activation has a scale of its own, s, such that its largest possible value is about 32,767: for the first layer
 * the largest that any of the users looked at can reach with any item; behind it, what follows from there. The weight
 * between k and j becomes W = round(R_j w / s_k) and the bias B = round(R_j b) + 2^15, with the row's R_j as large as
 * 16-bit weights and 32-bit sums allow, and the activation is floor(max(0, sum) / 2^16): so s_j = R_j / 2^16.
 */
export interface CoarseNetwork extends CoarseScoringNetwork {
  readonly layers: readonly CoarseMap[];
  readonly last: CoarseMap | undefined;
}

/** The largest value that each unit of the first layer is laid out for: `[units]`. */
export type FirstLayerLimits = Float64Array;

/** Limits of the first layer from the halves of some users and the items' highest. */
export function firstLayerLimits(
  users: readonly Float64Array[],
  halfHighest: Float64Array,
): FirstLayerLimits {
  return halfHighest.map((highest, unit) => {
    const user = Math.max(...users.map((half) => half[unit]!));
    return HEADROOM * Math.max(user + highest, highest, user, 0);
  });
}

/** Undefined where integers cannot hold the network: numbers too far apart. */
export function coarseNetwork(
  network: ScannedNetwork,
  factorLimits: Float64Array,
  limits: FirstLayerLimits,
): CoarseNetwork | undefined {
  const unitScales = limits.map((limit) => (limit > 0 ? FIRST_LARGEST / limit : 0));
  const factorScales = factorLimits.map((limit) => (limit > 0 ? LARGEST / limit : 0));
  const layers: CoarseMap[] = [];
  let scales: Float64Array = unitScales;
  let largest: Float64Array = unitScales.map((scale) => (scale > 0 ? LARGEST : 0));
  for (const { weight, bias } of network.maps) {
    const layer = coarseMap(weight, bias, scales, largest);
    if (layer === undefined) return undefined;
    layers.push(layer);
    scales = layer.scales;
    largest = layer.limits;
  }
  const last =
    network.output.length === 0 ? undefined : coarseMap(network.output, Float64Array.of(0), scales, largest);
  if (network.output.length > 0 && last === undefined) return undefined;
  const towerStep = last === undefined ? 1 : 1 / (last.scales[0]! * ACTIVATION);
  if (
    ![...unitScales, ...factorScales, ...layers.flatMap((layer) => [...layer.scales])].every(Number.isFinite)
  ) {
    return undefined;
  }
  if (!(towerStep >= SMALLEST_STEP && towerStep < 1 / SMALLEST_STEP)) return undefined;
  return {
    factorScales,
    unitScales,
    maps: layers,
    layers,
    output: last?.weight ?? new Int16Array(0),
    last,
    towerStep,
  };
}

function coarseMap(
  weight: Float64Array,
  bias: Float64Array,
  scales: Float64Array,
  largest: Float64Array,
): CoarseMap | undefined {
  const units = bias.length;
  const width = scales.length;
  const map: CoarseMap = {
    weight: new Int16Array(units * width),
    bias: new Int32Array(units),
    magnitudes: weight.map(Math.abs),
    residuals: new Float64Array(units * width),
    ownErrors: new Float64Array(units),
    scales: new Float64Array(units),
    limits: new Float64Array(units),
  };
  // An input that is always 0 takes no part, whatever its weight.
  const row = new Float64Array(width);
  for (let unit = 0; unit < units; unit++) {
    for (let k = 0; k < width; k++) row[k] = largest[k] === 0 ? 0 : weight[unit * width + k]! / scales[k]!;
    if (!coarseRow(map, unit, row, bias[unit]!, largest)) return undefined;
  }
  return map;
}

/** Fills in a unit. @returns whether its sums fit into 32 bits, which is so for all finite numbers. */
function coarseRow(
  map: CoarseMap,
  unit: number,
  row: Float64Array,
  bias: number,
  largest: Float64Array,
): boolean {
  const factor = rowFactor(row, bias, largest);
  const whole = Math.round(bias * factor);
  let highest = whole + ACTIVATION / 2;
  let lowest = highest;
  for (let k = 0; k < row.length; k++) {
    const rounded = Math.round(row[k]! * factor);
    map.weight[unit * row.length + k] = rounded;
    map.residuals[unit * row.length + k] = Math.abs(row[k]! - rounded / factor);
    if (rounded > 0) highest += rounded * largest[k]!;
    else lowest += rounded * largest[k]!;
  }
  map.bias[unit] = whole + ACTIVATION / 2;
  map.ownErrors[unit] = Math.abs(bias - whole / factor) + (ACTIVATION / 2 + 1) / factor;
  map.scales[unit] = factor / ACTIVATION;
  map.limits[unit] = Math.max(0, Math.floor(highest / ACTIVATION));
  return highest <= LARGEST_SUM && lowest >= -LARGEST_SUM;
}

/** R: as large as the row's weights and sums allow, with room for what rounding adds. */
function rowFactor(row: Float64Array, bias: number, largest: Float64Array): number {
  let positive = Math.max(bias, 0);
  let negative = Math.max(-bias, 0);
  let weight = 0;
  let roundings = ACTIVATION;
  for (let k = 0; k < row.length; k++) {
    if (row[k]! > 0) positive += row[k]! * largest[k]!;
    else negative -= row[k]! * largest[k]!;
    weight = Math.max(weight, Math.abs(row[k]!));
    roundings += largest[k]! / 2;
  }
  const factor = Math.min((LARGEST_SUM - roundings) / Math.max(positive, negative), LARGEST / weight);
  // A row of zeros: any factor will do.
  return Number.isFinite(factor) && factor > 0 ? factor : 2 ** 40;
}

/**
 * A user in 16-bit integers and what that adds to the bound of `scanErrorBound`; undefined for a user whom the layout
 * has no room for.
 *
 * The first layer's activations are off by d_k = 2 * 0.51 / s_k, as both halves are rounded. Behind it, with integers
 * up to x_k: d'_j = sum |w_jk| d_k + sum |w_jk / s_k - W_jk / R_j| x_k + |b_j - B_j / R_j| + 2^15 / R_j. The factors'
 * products are off by sum |w_f / s_f| 0.51 + |w_f / s_f - W_f / R| 32,767.
 */
export function coarseUser(
  { weighted, half, halfHighest }: Pick<ScannedUser, 'weighted' | 'half' | 'halfHighest'>,
  network: CoarseNetwork,
): (CoarseScoringUser & { readonly error: number }) | undefined {
  const first = coarseHalf(half, halfHighest, network.unitScales);
  const factors = coarseFactors(weighted, network.factorScales);
  if (first === undefined || factors === undefined) return undefined;
  let { errors, limits } = first;
  for (const layer of network.layers) ({ errors, limits } = throughLayer(layer, errors, limits));
  let error = factors.error;
  if (network.last !== undefined) {
    const { magnitudes, residuals } = network.last;
    for (let k = 0; k < limits.length; k++) error += magnitudes[k]! * errors[k]! + residuals[k]! * limits[k]!;
  }
  return {
    weighted: factors.weighted,
    factorStep: factors.step,
    half: first.half,
    // The last factor: the sums above are rounded themselves.
    error: error * (1 + 2 ** -10),
  };
}

interface ActivationErrors {
  readonly errors: Float64Array;
  /** The largest integers of this user's activations. */
  readonly limits: Float64Array;
}

function coarseHalf(
  half: Float64Array,
  halfHighest: Float64Array,
  scales: Float64Array,
): (ActivationErrors & { readonly half: Int16Array }) | undefined {
  const rounded = new Int16Array(half.length);
  const errors = new Float64Array(half.length);
  const limits = new Float64Array(half.length);
  for (let unit = 0; unit < half.length; unit++) {
    const scale = scales[unit]!;
    const highest = half[unit]! + halfHighest[unit]!;
    if (scale === 0) {
      if (!(highest <= 0)) return undefined;
      continue;
    }
    // Beyond these the sums would be cut off; far below, they are negative whatever the item.
    if (!(half[unit]! * scale < LARGEST - 1 && highest * scale < LARGEST - 2)) return undefined;
    rounded[unit] = Math.max(-LARGEST - 1, Math.round(half[unit]! * scale));
    errors[unit] = (2 * ROUNDED) / scale;
    limits[unit] = Math.max(0, Math.floor(highest * scale + 2 * ROUNDED));
  }
  return { half: rounded, errors, limits };
}

function throughLayer(
  layer: CoarseMap,
  inputErrors: Float64Array,
  inputLimits: Float64Array,
): ActivationErrors {
  const { weight, bias, magnitudes, residuals, ownErrors } = layer;
  const width = inputErrors.length;
  const errors = ownErrors.slice();
  const limits = new Float64Array(errors.length);
  for (let unit = 0; unit < errors.length; unit++) {
    let highest = bias[unit]!;
    let error = errors[unit]!;
    for (let k = 0, at = unit * width; k < width; k++, at++) {
      error += magnitudes[at]! * inputErrors[k]! + residuals[at]! * inputLimits[k]!;
      if (weight[at]! > 0) highest += weight[at]! * inputLimits[k]!;
    }
    errors[unit] = error;
    limits[unit] = Math.max(0, Math.floor(highest / ACTIVATION));
  }
  return { errors, limits };
}

function coarseFactors(weighted: Float64Array, scales: Float64Array) {
  const row = weighted.map((weight, f) => (scales[f] === 0 ? 0 : weight / scales[f]!));
  const largest = row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const sum = row.reduce((total, weight) => total + Math.abs(weight), 0);
  const room = (LARGEST_SUM - (row.length * LARGEST) / 2) / LARGEST;
  const factor = sum > 0 ? Math.min(room / sum, LARGEST / largest) : 1;
  const step = 1 / factor;
  if (!(step >= SMALLEST_STEP && step < 1 / SMALLEST_STEP)) return undefined;
  let error = 0;
  const integers = Int16Array.from(row, (weight) => {
    const rounded = Math.round(weight * factor);
    error += Math.abs(weight) * ROUNDED + Math.abs(weight - rounded / factor) * LARGEST;
    return rounded;
  });
  return { weighted: integers, step, error };
}
