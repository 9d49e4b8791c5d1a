/** Decay of the mean of gradients (Kingma and Ba 2015, table of defaults). */
export const ADAM_BETA1 = 0.9;
/** Decay of the mean of squared gradients. */
export const ADAM_BETA2 = 0.999;
/** Added to the root of the second moment, before the bias correction. */
export const ADAM_EPSILON = 1e-8;

/** One tensor with its two moments, all `[rows, width]`. */
export interface AdamTensor {
  readonly values: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** The tensor with both moments zero; `values` is kept, not copied. */
export function adamTensor(values: Float32Array): AdamTensor {
  return {
    values,
    firstMoment: new Float32Array(values.length),
    secondMoment: new Float32Array(values.length),
  };
}

/**
 * Step size of step t (from 1), with Adam's bias correction: lr sqrt(1 - beta2^t) / (1 - beta1^t). `t` is the global
 * step, also for table rows that were touched less often.
 */
export function adamStepSize(learningRate: number, step: number): number {
  return (learningRate * Math.sqrt(1 - ADAM_BETA2 ** step)) / (1 - ADAM_BETA1 ** step);
}

/**
 * One Adam update of a whole tensor:
 *
 *     g <- gradient + l2 w
 *     m <- beta1 m + (1 - beta1) g
 *     v <- beta2 v + (1 - beta2) g^2
 *     w <- w - stepSize m / (sqrt(v) + epsilon)
 */
export function adamUpdate(tensor: AdamTensor, gradient: Float32Array, stepSize: number, l2: number): void {
  updateRange(tensor, 0, gradient, 0, gradient.length, stepSize, l2);
}

/**
 * Lazy Adam: the same update of the listed rows alone, once each. Values and moments of every other row stay as they
 * are, so that a step costs what the batch touches and not what the vocabulary holds. It is not dense Adam: there a
 * row that a batch does not touch still moves by its moments, and is still decayed.
 *
 * `gradients`: `[rows.length, width]`, in the order of `rows`, which are distinct.
 */
export function adamUpdateRows(
  table: AdamTensor,
  width: number,
  rows: Uint32Array,
  gradients: Float32Array,
  stepSize: number,
  l2: number,
): void {
  for (let slot = 0; slot < rows.length; slot++) {
    updateRange(table, rows[slot]! * width, gradients, slot * width, width, stepSize, l2);
  }
}

function updateRange(
  tensor: AdamTensor,
  offset: number,
  gradient: Float32Array,
  gradientOffset: number,
  count: number,
  stepSize: number,
  l2: number,
): void {
  const { values, firstMoment, secondMoment } = tensor;
  for (let index = 0; index < count; index++) {
    const at = offset + index;
    const value = values[at]!;
    const slope = gradient[gradientOffset + index]! + l2 * value;
    const first = ADAM_BETA1 * firstMoment[at]! + (1 - ADAM_BETA1) * slope;
    const second = ADAM_BETA2 * secondMoment[at]! + (1 - ADAM_BETA2) * slope * slope;
    firstMoment[at] = first;
    secondMoment[at] = second;
    values[at] = value - (stepSize * first) / (Math.sqrt(second) + ADAM_EPSILON);
  }
}
