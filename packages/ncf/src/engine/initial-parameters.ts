import { normal, uniform } from '../random/counter-random.ts';
import {
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
  type NeuMFShape,
} from './neumf-parameters.ts';
import { ENGINE_STREAM } from './random-streams.ts';

/**
 * The parameters that training starts from, a function of the shape and the seed alone: embeddings normal with mean 0
 * and standard deviation `initSigma`, ReLU layers normal with variance 2 / in (He et al. 2015), the output layer 1 for
 * the GMF product and uniform in +-sqrt(6 / (in + 1)) (Glorot and Bengio 2010) for the tower, biases 0. A row's numbers
 * do not depend on how many rows there are.
 *
 * The paper draws the whole output layer at random. Ones make the GMF branch begin as plain matrix factorisation
 * (the paper's equation 11 with h = 1), which on sparse logs halves the epochs until the tables have learnt.
 */
export function initialParameters(
  shape: NeuMFShape,
  options: { readonly seed: number; readonly initSigma: number },
): NeuMFParameters {
  const { seed, initSigma } = options;
  const { userCount, itemCount, factors, layers } = shape;
  const width = mlpEmbeddingWidth(shape);
  const outputInputs = factors + mlpOutputWidth(shape);
  const outputBound = Math.sqrt(6 / (outputInputs + 1));
  const outputWeight = new Float32Array(outputInputs).fill(1, 0, factors);
  for (let index = factors; index < outputInputs; index++) {
    outputWeight[index] = outputBound * (2 * uniform(seed, ENGINE_STREAM.outputWeight, 0, index) - 1);
  }
  return {
    shape,
    userGmf: normals(userCount, factors, initSigma, seed, ENGINE_STREAM.userGmf),
    itemGmf: normals(itemCount, factors, initSigma, seed, ENGINE_STREAM.itemGmf),
    userMlp: normals(userCount, width, initSigma, seed, ENGINE_STREAM.userMlp),
    itemMlp: normals(itemCount, width, initSigma, seed, ENGINE_STREAM.itemMlp),
    mlp: layers.slice(1).map((out, index) => {
      const inputs = layers[index]!;
      return {
        weight: normals(out, inputs, Math.sqrt(2 / inputs), seed, ENGINE_STREAM.mlp + index),
        bias: new Float32Array(out),
      };
    }),
    outputWeight,
    outputBias: new Float32Array(1),
  };
}

function normals(rows: number, width: number, sigma: number, seed: number, stream: number): Float32Array {
  const values = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      values[row * width + column] = sigma * normal(seed, stream, row, column);
    }
  }
  return values;
}
