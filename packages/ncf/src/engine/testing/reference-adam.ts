import type { Batch } from '../batch.ts';
import { mlpEmbeddingWidth, type NeuMFParameters } from '../neumf-parameters.ts';
import { type ReferenceParameters, referenceGradients, toReference } from './reference-neumf.ts';

/**
 * Lazy Adam in float64, written from the formula in the project's design and not from the optimiser's code: every
 * number of a tensor has its own m and v; a table row that the batch does not touch is skipped.
 */
export function referenceTraining(
  start: NeuMFParameters,
  batches: readonly Batch[],
  { learningRate, l2 }: { learningRate: number; l2: number },
): ReferenceParameters {
  const parameters = toReference(start);
  const zeros = () =>
    new Map([...parameters.tensors].map(([name, values]) => [name, new Float64Array(values.length)]));
  const m = zeros();
  const v = zeros();
  batches.forEach((batch, index) => {
    const t = index + 1;
    const gradients = referenceGradients(parameters, batch);
    for (const [name, values] of parameters.tensors) {
      for (let at = 0; at < values.length; at++) {
        if (!isTouched(name, at, parameters, batch)) continue;
        const g = gradients.get(name)![at]! + (name.endsWith('bias') ? 0 : l2 * values[at]!);
        m.get(name)![at] = 0.9 * m.get(name)![at]! + 0.1 * g;
        v.get(name)![at] = 0.999 * v.get(name)![at]! + 0.001 * g * g;
        const correction = Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t);
        values[at]! -=
          (learningRate * correction * m.get(name)![at]!) / (Math.sqrt(v.get(name)![at]!) + 1e-8);
      }
    }
  });
  return parameters;
}

function isTouched(name: string, at: number, { shape }: ReferenceParameters, batch: Batch): boolean {
  const width = name.endsWith('_gmf') ? shape.factors : mlpEmbeddingWidth(shape);
  if (name.startsWith('user_')) return batch.userRows.includes(Math.floor(at / width));
  if (name.startsWith('item_')) return batch.itemRows.includes(Math.floor(at / width));
  return true;
}
