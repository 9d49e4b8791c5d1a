import type { Batch } from '../batch.ts';
import type { NeuMFParameters, NeuMFShape } from '../neumf-parameters.ts';
import { namedTensors } from '../parameter-checks.ts';

/** NeuMF's parameters in float64, by the names of the model file. */
export interface ReferenceParameters {
  readonly shape: NeuMFShape;
  readonly tensors: ReadonlyMap<string, Float64Array>;
}

export function toReference(parameters: NeuMFParameters): ReferenceParameters {
  const tensors = namedTensors(parameters).map(([name, values]): [string, Float64Array] => [
    name,
    Float64Array.from(values),
  ]);
  return { shape: parameters.shape, tensors: new Map(tensors) };
}

/** Equation 12 of He et al. written down as it stands, one pair at a time, without any split or batching. */
export function referenceLogit({ shape, tensors }: ReferenceParameters, user: number, item: number): number {
  const { factors, layers } = shape;
  const at = (name: string, index: number) => tensors.get(name)![index]!;
  const features: number[] = [];
  for (let k = 0; k < factors; k++) {
    features.push(at('user_gmf', user * factors + k) * at('item_gmf', item * factors + k));
  }
  const width = (layers[0] ?? 0) / 2;
  let tower: number[] = [];
  for (let k = 0; k < width; k++) tower.push(at('user_mlp', user * width + k));
  for (let k = 0; k < width; k++) tower.push(at('item_mlp', item * width + k));
  layers.slice(1).forEach((out, layer) => {
    const inputs = tower;
    tower = Array.from({ length: out }, (_, row) =>
      Math.max(
        0,
        inputs.reduce(
          (sum, value, column) => sum + value * at(`mlp.${layer}.weight`, row * inputs.length + column),
          at(`mlp.${layer}.bias`, row),
        ),
      ),
    );
  });
  features.push(...tower);
  return features.reduce(
    (sum, value, index) => sum + value * at('output.weight', index),
    at('output.bias', 0),
  );
}

/** Mean over the samples of weight x binary cross-entropy with logits. */
export function referenceLoss(parameters: ReferenceParameters, batch: Batch): number {
  let sum = 0;
  for (let sample = 0; sample < batch.size; sample++) {
    const user = batch.userRows[batch.userSlots[sample]!]!;
    const item = batch.itemRows[batch.itemSlots[sample]!]!;
    const logit = referenceLogit(parameters, user, item);
    const probability = 1 / (1 + Math.exp(-logit));
    const likelihood = batch.signs[sample]! < 0 ? probability : 1 - probability;
    sum -= batch.weights[sample]! * Math.log(likelihood);
  }
  return sum / batch.size;
}

/** The gradient of `referenceLoss` by central differences, whole tensors, by name. */
export function referenceGradients(
  parameters: ReferenceParameters,
  batch: Batch,
  step = 1e-5,
): Map<string, Float64Array> {
  const gradients = new Map<string, Float64Array>();
  for (const [name, values] of parameters.tensors) {
    const gradient = new Float64Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const original = values[index]!;
      values[index] = original + step;
      const above = referenceLoss(parameters, batch);
      values[index] = original - step;
      const below = referenceLoss(parameters, batch);
      values[index] = original;
      gradient[index] = (above - below) / (2 * step);
    }
    gradients.set(name, gradient);
  }
  return gradients;
}
