import {
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
  type NeuMFShape,
} from '../neumf-parameters.ts';

/** One dense tensor of the graph. */
export interface DensePart {
  readonly shape: readonly [number, number] | readonly [number];
  /** Whether L2 applies: to weights, not to biases. */
  readonly penalised: boolean;
}

/**
 * The dense tensors of the graph in a fixed order, the one of `denseArrays`, `toGraphInput` and `denseGradients`: GMF
 * half and bias of the output layer; user and item half of the tower's first linear map; MLP half of the output layer,
 * bias of the first ReLU layer; weight and bias of every further layer.
 */
export function denseParts(shape: NeuMFShape): DensePart[] {
  const { factors, layers } = shape;
  const parts: DensePart[] = [
    { shape: [1, factors], penalised: true },
    { shape: [1, 1], penalised: false },
  ];
  if (layers.length === 0) return parts;
  const half: DensePart = { shape: [layers[1] ?? 1, mlpEmbeddingWidth(shape)], penalised: true };
  parts.push(half, half);
  if (layers.length === 1) return parts;
  parts.push(
    { shape: [1, mlpOutputWidth(shape)], penalised: true },
    { shape: [layers[1]!], penalised: false },
  );
  for (let layer = 2; layer < layers.length; layer++) {
    const out = layers[layer]!;
    parts.push({ shape: [out, layers[layer - 1]!], penalised: true }, { shape: [out], penalised: false });
  }
  return parts;
}

/** The numbers of each of `denseParts`. */
export function denseArrays(parameters: NeuMFParameters): Float32Array[] {
  const { factors, layers } = parameters.shape;
  const arrays: Float32Array[] = [parameters.outputWeight.slice(0, factors), parameters.outputBias.slice()];
  if (layers.length === 0) return arrays;
  const width = mlpEmbeddingWidth(parameters.shape);
  const { weight, rows } = firstLinearMap(parameters);
  arrays.push(columns(weight, rows, 0, width), columns(weight, rows, width, width));
  const [first, ...rest] = parameters.mlp;
  if (first === undefined) return arrays;
  arrays.push(parameters.outputWeight.slice(factors), first.bias.slice());
  for (const layer of rest) arrays.push(layer.weight.slice(), layer.bias.slice());
  return arrays;
}

/** The inverse of `denseArrays`: the dense tensors in the layout that engines and the model file share. */
export function fromDenseArrays(
  shape: NeuMFShape,
  arrays: readonly Float32Array[],
): Pick<NeuMFParameters, 'mlp' | 'outputWeight' | 'outputBias'> {
  const [outputGmf, outputBias, firstUser, firstItem, outputMlp, firstBias, ...hidden] = arrays;
  if (firstUser === undefined || firstItem === undefined) {
    return { mlp: [], outputWeight: outputGmf!, outputBias: outputBias! };
  }
  const firstWeight = besides(firstUser, firstItem, mlpEmbeddingWidth(shape));
  if (outputMlp === undefined || firstBias === undefined) {
    return { mlp: [], outputWeight: concatenated([outputGmf!, firstWeight]), outputBias: outputBias! };
  }
  const mlp = [{ weight: firstWeight, bias: firstBias }];
  for (let index = 0; index < hidden.length; index += 2) {
    mlp.push({ weight: hidden[index]!, bias: hidden[index + 1]! });
  }
  return { mlp, outputWeight: concatenated([outputGmf!, outputMlp]), outputBias: outputBias! };
}

/** The first map that is applied to [user; item]: the first ReLU layer's, or the output layer's when there is none. */
export function firstLinearMap(parameters: NeuMFParameters): { weight: Float32Array; rows: number } {
  const { factors, layers } = parameters.shape;
  const first = parameters.mlp[0];
  if (first === undefined) return { weight: parameters.outputWeight.subarray(factors), rows: 1 };
  return { weight: first.weight, rows: layers[1]! };
}

/** Columns `from` to `from + width` of the `[rows, 2 width]` matrix, as `[rows, width]`. */
export function columns(matrix: Float32Array, rows: number, from: number, width: number): Float32Array {
  const part = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const start = row * 2 * width + from;
    part.set(matrix.subarray(start, start + width), row * width);
  }
  return part;
}

/** Arrays one after the other. */
export function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

/** Two `[rows, width]` matrices side by side: `[rows, 2 width]`. */
function besides(left: Float32Array, right: Float32Array, width: number): Float32Array {
  const both = new Float32Array(left.length + right.length);
  for (let from = 0; from < left.length; from += width) {
    both.set(left.subarray(from, from + width), 2 * from);
    both.set(right.subarray(from, from + width), 2 * from + width);
  }
  return both;
}
