import { mlpEmbeddingWidth, type NeuMFParameters } from '../engine/neumf-parameters.ts';
import { addProducts, toFloat64 } from './dense-layer.ts';

/** The first ReLU layer in two halves, W [u; i] + b = (b + Wu u) + Wi i, each summed in float64 by column. */
export interface FirstLayerHalves {
  readonly units: number;
  /** b + Wu u into `out`, `[units]`, of a user's MLP embedding. */
  ofUser(embedding: Float32Array, out: Float64Array): void;
  /** Wi i into `out`, `[units]`, of a row of the item table. */
  ofItem(item: number, out: Float64Array): void;
}

/** Makes the halves of a model with at least one ReLU layer. Both functions share a buffer: no two threads may. */
export function createFirstLayerHalves(parameters: NeuMFParameters): FirstLayerHalves {
  const width = mlpEmbeddingWidth(parameters.shape);
  const units = parameters.shape.layers[1] ?? 0;
  const layer = parameters.mlp[0]!;
  const weight = toFloat64(layer.weight);
  const { itemMlp } = parameters;
  const embedding = new Float64Array(width);
  return {
    units,
    ofUser(of, out) {
      embedding.set(of);
      out.set(layer.bias);
      addProducts(weight, 2 * width, 0, width, embedding, out, units);
    },
    ofItem(item, out) {
      for (let k = 0; k < width; k++) embedding[k] = itemMlp[item * width + k]!;
      out.fill(0);
      addProducts(weight, 2 * width, width, width, embedding, out, units);
    },
  };
}
