import { normal, uniform } from '../random/counter-random.ts';
import {
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
  type NeuMFShape,
} from './neumf-parameters.ts';
import { ENGINE_STREAM } from './random-streams.ts';

interface InitialOptions {
  readonly seed: number;
  readonly initSigma: number;
}

const TABLE_STREAMS = {
  user: { gmf: ENGINE_STREAM.userGmf, mlp: ENGINE_STREAM.userMlp },
  item: { gmf: ENGINE_STREAM.itemGmf, mlp: ENGINE_STREAM.itemMlp },
} as const;

/**
 * The parameters that training starts from, a function of the shape and the seed alone: embeddings normal with mean 0
 * and standard deviation `initSigma`, ReLU layers normal with variance 2 / in (He et al. 2015), the output layer 1 for
 * the GMF product and uniform in +-sqrt(6 / (in + 1)) (Glorot and Bengio 2010) for the tower, biases 0. A row's numbers
 * do not depend on how many rows there are.
 *
 * The paper draws the whole output layer at random. Ones make the GMF branch begin as plain matrix factorisation
 * (the paper's equation 11 with h = 1), which on sparse logs halves the epochs until the tables have learnt.
 */
export function initialParameters(shape: NeuMFShape, options: InitialOptions): NeuMFParameters {
  const { userCount, itemCount } = shape;
  const { rows, dense } = initialSource(shape, options);
  const [user, item] = [rows('user', 0, userCount), rows('item', 0, itemCount)];
  return { shape, userGmf: user.gmf, itemGmf: item.gmf, userMlp: user.mlp, itemMlp: item.mlp, ...dense };
}

/** The same parameters, their tables some rows at a time: rows `from` to `to` of a side, `[rows, width]`. */
export function initialSource(shape: NeuMFShape, { seed, initSigma }: InitialOptions) {
  const { factors } = shape;
  const width = mlpEmbeddingWidth(shape);
  return {
    dense: initialDense(shape, seed),
    rows(side: 'user' | 'item', from: number, to: number) {
      const { gmf, mlp } = TABLE_STREAMS[side];
      return {
        gmf: normals(from, to, factors, initSigma, seed, gmf),
        mlp: normals(from, to, width, initSigma, seed, mlp),
      };
    },
  };
}

function initialDense(
  shape: NeuMFShape,
  seed: number,
): Pick<NeuMFParameters, 'mlp' | 'outputWeight' | 'outputBias'> {
  const { factors, layers } = shape;
  const outputInputs = factors + mlpOutputWidth(shape);
  const outputBound = Math.sqrt(6 / (outputInputs + 1));
  const outputWeight = new Float32Array(outputInputs).fill(1, 0, factors);
  for (let index = factors; index < outputInputs; index++) {
    outputWeight[index] = outputBound * (2 * uniform(seed, ENGINE_STREAM.outputWeight, 0, index) - 1);
  }
  return {
    mlp: layers.slice(1).map((out, index) => {
      const inputs = layers[index]!;
      return {
        weight: normals(0, out, inputs, Math.sqrt(2 / inputs), seed, ENGINE_STREAM.mlp + index),
        bias: new Float32Array(out),
      };
    }),
    outputWeight,
    outputBias: new Float32Array(1),
  };
}

/** Rows `from` to `to`. */
function normals(
  from: number,
  to: number,
  width: number,
  sigma: number,
  seed: number,
  stream: number,
): Float32Array {
  const values = new Float32Array((to - from) * width);
  for (let row = from; row < to; row++) {
    for (let column = 0; column < width; column++) {
      values[(row - from) * width + column] = sigma * normal(seed, stream, row, column);
    }
  }
  return values;
}
