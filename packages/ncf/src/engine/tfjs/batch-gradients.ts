import type { Batch, BatchGradients } from '../batch.ts';
import { mlpEmbeddingWidth, type NeuMFParameters } from '../neumf-parameters.ts';
import { denseArrays, denseParts, fromDenseArrays } from './dense-parts.ts';
import { denseGradients, sampleTensors, toGraphInput } from './graph-tensors.ts';
import { type GraphInput, lossAndGradients } from './neumf-graph.ts';
import { tensorflow as tf } from './tensorflow.ts';

/**
 * Loss and gradients of one batch on the active TensorFlow.js backend. Only the rows that the batch touches travel to
 * the backend and back. No tensor outlives the call.
 */
export async function batchGradients(parameters: NeuMFParameters, batch: Batch): Promise<BatchGradients> {
  const output = tf.tidy(() => {
    const gradients = lossAndGradients(graphInput(parameters, batch));
    const { loss, userGmf, itemGmf, tower } = gradients;
    const towerRows = tower === undefined ? [] : [tower.userMlp, tower.itemMlp];
    return { dense: denseGradients(gradients), tables: [userGmf, itemGmf, ...towerRows], loss };
  });
  try {
    const [loss, dense, tables] = await Promise.all([
      read(output.loss),
      Promise.all(output.dense.map(read)),
      Promise.all(output.tables.map(read)),
    ]);
    const none = new Float32Array(0);
    const [userGmf, itemGmf, userMlp = none, itemMlp = none] = tables;
    return {
      loss: loss[0]!,
      userGmf: userGmf!,
      itemGmf: itemGmf!,
      userMlp,
      itemMlp,
      ...fromDenseArrays(parameters.shape, dense),
    };
  } finally {
    tf.dispose(output);
  }
}

function graphInput(parameters: NeuMFParameters, batch: Batch): GraphInput {
  const { shape } = parameters;
  const arrays = denseArrays(parameters);
  const dense = denseParts(shape).map((part, index) => tf.tensor(arrays[index]!, [...part.shape]));
  const width = mlpEmbeddingWidth(shape);
  const mlpRows = (table: Float32Array, rows: Uint32Array) =>
    width === 0 ? undefined : rowsTensor(table, rows, width);
  return toGraphInput(
    sampleTensors(batch),
    {
      userGmf: rowsTensor(parameters.userGmf, batch.userRows, shape.factors),
      itemGmf: rowsTensor(parameters.itemGmf, batch.itemRows, shape.factors),
      userMlp: mlpRows(parameters.userMlp, batch.userRows),
      itemMlp: mlpRows(parameters.itemMlp, batch.itemRows),
    },
    dense,
  );
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

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}
