import type { Batch, BatchGradients } from '../batch.ts';
import { mlpEmbeddingWidth, mlpOutputWidth, type NeuMFParameters } from '../neumf-parameters.ts';
import { type GraphInput, type GraphOutput, lossAndGradients, type TowerInput } from './neumf-graph.ts';
import { tensorflow as tf } from './tensorflow.ts';

/**
 * Loss and gradients of one batch on the active TensorFlow.js backend. Only the rows that the batch touches travel to
 * the backend and back. No tensor outlives the call.
 */
export async function batchGradients(parameters: NeuMFParameters, batch: Batch): Promise<BatchGradients> {
  const output = tf.tidy(() => flatten(lossAndGradients(graphInput(parameters, batch))));
  try {
    const read = await Promise.all(output.map((tensor) => tensor.data() as Promise<Float32Array>));
    return assemble(parameters, read);
  } finally {
    tf.dispose(output);
  }
}

function graphInput(parameters: NeuMFParameters, batch: Batch): GraphInput {
  const { factors, layers } = parameters.shape;
  const weights = new Float32Array(batch.size);
  for (let sample = 0; sample < batch.size; sample++) weights[sample] = batch.weights[sample]! / batch.size;
  return {
    userSlots: tf.tensor2d(batch.userSlots, [batch.size, 1], 'int32'),
    itemSlots: tf.tensor2d(batch.itemSlots, [batch.size, 1], 'int32'),
    signs: tf.tensor2d(batch.signs, [batch.size, 1]),
    weights: tf.tensor2d(weights, [batch.size, 1]),
    userGmf: rowsTensor(parameters.userGmf, batch.userRows, factors),
    itemGmf: rowsTensor(parameters.itemGmf, batch.itemRows, factors),
    outputGmf: tf.tensor2d(parameters.outputWeight.slice(0, factors), [1, factors]),
    outputBias: tf.tensor2d(parameters.outputBias, [1, 1]),
    tower: layers.length === 0 ? undefined : towerInput(parameters, batch),
  };
}

function towerInput(parameters: NeuMFParameters, batch: Batch): TowerInput {
  const { factors, layers } = parameters.shape;
  const width = mlpEmbeddingWidth(parameters.shape);
  const { weight, rows } = firstLinearMap(parameters);
  const userHalf = columns(weight, rows, 0, width);
  const itemHalf = columns(weight, rows, width, width);
  const [first, ...rest] = parameters.mlp;
  return {
    userMlp: rowsTensor(parameters.userMlp, batch.userRows, width),
    itemMlp: rowsTensor(parameters.itemMlp, batch.itemRows, width),
    firstUser: tf.tensor2d(userHalf, [rows, width]),
    firstItem: tf.tensor2d(itemHalf, [rows, width]),
    above: first && {
      firstBias: tf.tensor1d(first.bias),
      hidden: rest.map((layer, index) => ({
        weight: tf.tensor2d(layer.weight, [layers[index + 2]!, layers[index + 1]!]),
        bias: tf.tensor1d(layer.bias),
      })),
      outputMlp: tf.tensor2d(parameters.outputWeight.slice(factors), [1, mlpOutputWidth(parameters.shape)]),
    },
  };
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

function rowsTensor(table: Float32Array, rows: Uint32Array, width: number): tf.Tensor2D {
  const gathered = new Float32Array(rows.length * width);
  let to = 0;
  for (const row of rows) {
    const from = row * width;
    for (let column = 0; column < width; column++) gathered[to++] = table[from + column]!;
  }
  return tf.tensor2d(gathered, [rows.length, width]);
}

/** The tensors in the order in which `assemble` takes them. */
function flatten({ tower, ...output }: GraphOutput): tf.Tensor[] {
  const flat = [output.loss, output.userGmf, output.itemGmf, output.outputGmf, output.outputBias];
  if (tower === undefined) return flat;
  flat.push(tower.userMlp, tower.itemMlp, tower.firstUser, tower.firstItem);
  if (tower.above === undefined) return flat;
  flat.push(tower.above.outputMlp, tower.above.firstBias);
  for (const { weight, bias } of tower.above.hidden) flat.push(weight, bias);
  return flat;
}

function assemble({ shape }: NeuMFParameters, read: readonly Float32Array[]): BatchGradients {
  const [loss, userGmf, itemGmf, outputGmf, outputBias, userMlp, itemMlp, firstUser, firstItem, ...above] =
    read;
  const none = new Float32Array(0);
  const base = {
    loss: loss![0]!,
    userGmf: userGmf!,
    itemGmf: itemGmf!,
    userMlp: userMlp ?? none,
    itemMlp: itemMlp ?? none,
    outputBias: outputBias!,
  };
  if (firstUser === undefined || firstItem === undefined) {
    return { ...base, mlp: [], outputWeight: outputGmf! };
  }
  const firstWeight = besides(firstUser, firstItem, mlpEmbeddingWidth(shape));
  const [outputMlp, firstBias, ...hidden] = above;
  if (outputMlp === undefined || firstBias === undefined) {
    return { ...base, mlp: [], outputWeight: concatenated(outputGmf!, firstWeight) };
  }
  const mlp = [{ weight: firstWeight, bias: firstBias }];
  for (let index = 0; index < hidden.length; index += 2) {
    mlp.push({ weight: hidden[index]!, bias: hidden[index + 1]! });
  }
  return { ...base, mlp, outputWeight: concatenated(outputGmf!, outputMlp) };
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

function concatenated(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
