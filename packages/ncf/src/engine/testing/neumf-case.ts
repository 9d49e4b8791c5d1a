import { normal, uniform, uniformInt } from '../../random/counter-random.ts';
import type { Batch, BatchGradients } from '../batch.ts';
import { DistinctRows } from '../distinct-rows.ts';
import { initialParameters } from '../initial-parameters.ts';
import { mlpEmbeddingWidth, type NeuMFParameters, type NeuMFShape } from '../neumf-parameters.ts';
import { namedTensors } from '../parameter-checks.ts';

export const USER_COUNT = 5;
export const ITEM_COUNT = 7;

/** Random parameters of a tiny vocabulary, all of a size at which every term of the gradient matters. */
export function randomParameters(factors: number, layers: readonly number[], seed: number): NeuMFParameters {
  const shape: NeuMFShape = { userCount: USER_COUNT, itemCount: ITEM_COUNT, factors, layers };
  const parameters = initialParameters(shape, { seed, initSigma: 0.7 });
  const biases = namedTensors(parameters).filter(([name]) => name.endsWith('bias'));
  biases.forEach(([, values], tensor) => {
    values.forEach((_, index) => {
      values[index] = 0.3 * normal(seed, 900 + tensor, index);
    });
  });
  return parameters;
}

/** A batch in which rows recur: 23 samples of 5 users and 7 items unless told. */
export function randomBatch(seed: number, size = 23): Batch {
  const users = Uint32Array.from({ length: size }, (_, sample) => uniformInt(USER_COUNT, seed, 1, sample));
  const items = Uint32Array.from({ length: size }, (_, sample) => uniformInt(ITEM_COUNT, seed, 2, sample));
  const signs = Float32Array.from({ length: size }, (_, sample) => (uniform(seed, 3, sample) < 0.4 ? -1 : 1));
  const weights = Float32Array.from(signs, (sign, sample) =>
    sign > 0 ? 1 : 1 + uniformInt(3, seed, 4, sample),
  );
  const userSlots = new Int32Array(size);
  const itemSlots = new Int32Array(size);
  const userRows = new DistinctRows(USER_COUNT).collect(users, size, userSlots);
  const itemRows = new DistinctRows(ITEM_COUNT).collect(items, size, itemSlots);
  return { size, userSlots, itemSlots, signs, weights, userRows, itemRows };
}

/** A batch's gradients as whole tensors by name, zero in the rows that it does not touch. */
export function wholeGradients(
  { shape }: NeuMFParameters,
  batch: Batch,
  gradients: BatchGradients,
): Map<string, Float32Array> {
  const width = mlpEmbeddingWidth(shape);
  const spread = (values: Float32Array, rows: Uint32Array, rowCount: number, columns: number) => {
    const whole = new Float32Array(rowCount * columns);
    rows.forEach((row, slot) => {
      whole.set(values.subarray(slot * columns, (slot + 1) * columns), row * columns);
    });
    return whole;
  };
  return new Map(
    namedTensors({
      ...gradients,
      shape,
      userGmf: spread(gradients.userGmf, batch.userRows, shape.userCount, shape.factors),
      itemGmf: spread(gradients.itemGmf, batch.itemRows, shape.itemCount, shape.factors),
      userMlp: spread(gradients.userMlp, batch.userRows, shape.userCount, width),
      itemMlp: spread(gradients.itemMlp, batch.itemRows, shape.itemCount, width),
    }),
  );
}

/** The largest difference between two tensors, relative to the larger of the second's greatest number and `floor`. */
export function relativeDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1e-3,
): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = floor;
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    scale = Math.max(scale, Math.abs(expected[index]!));
    const difference = Math.abs(actual[index]! - expected[index]!);
    if (!(difference <= worst)) worst = difference;
  }
  return worst / scale;
}
