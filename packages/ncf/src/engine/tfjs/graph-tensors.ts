import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { Batch } from '../batch.ts';
import type { GraphInput, GraphOutput, TowerInput } from './neumf-graph.ts';
import { tensorflow as tf } from './tensorflow.ts';

/** What the graph reads of a batch's samples. */
export type SampleTensors = Pick<GraphInput, 'userSlots' | 'itemSlots' | 'signs' | 'weights'>;

/** The rows of the tables that a batch touches. */
export interface RowTensors {
  /** `[R_u, factors]` */
  readonly userGmf: Tensor2D;
  /** `[R_i, factors]` */
  readonly itemGmf: Tensor2D;
  /** `[R_u, layers[0] / 2]`, absent without an MLP. */
  readonly userMlp: Tensor2D | undefined;
  /** `[R_i, layers[0] / 2]`, absent without an MLP. */
  readonly itemMlp: Tensor2D | undefined;
}

/** The batch's samples on the active backend; the loss weights are divided by the number of samples. */
export function sampleTensors(batch: Batch): SampleTensors {
  const weights = new Float32Array(batch.size);
  for (let sample = 0; sample < batch.size; sample++) weights[sample] = batch.weights[sample]! / batch.size;
  return {
    userSlots: tf.tensor2d(batch.userSlots, [batch.size, 1], 'int32'),
    itemSlots: tf.tensor2d(batch.itemSlots, [batch.size, 1], 'int32'),
    signs: tf.tensor2d(batch.signs, [batch.size, 1]),
    weights: tf.tensor2d(weights, [batch.size, 1]),
  };
}

/** `dense`: tensors in the order and shapes of `denseParts`. */
export function toGraphInput(
  samples: SampleTensors,
  rows: RowTensors,
  dense: readonly tf.Tensor[],
): GraphInput {
  const [outputGmf, outputBias, ...tower] = dense;
  return {
    ...samples,
    userGmf: rows.userGmf,
    itemGmf: rows.itemGmf,
    outputGmf: outputGmf as Tensor2D,
    outputBias: outputBias as Tensor2D,
    tower: towerInput(rows, tower),
  };
}

function towerInput({ userMlp, itemMlp }: RowTensors, dense: readonly tf.Tensor[]): TowerInput | undefined {
  const [firstUser, firstItem, outputMlp, firstBias, ...rest] = dense;
  if (userMlp === undefined || itemMlp === undefined) return undefined;
  const hidden: { weight: Tensor2D; bias: Tensor1D }[] = [];
  for (let index = 0; index < rest.length; index += 2) {
    hidden.push({ weight: rest[index] as Tensor2D, bias: rest[index + 1] as Tensor1D });
  }
  return {
    userMlp,
    itemMlp,
    firstUser: firstUser as Tensor2D,
    firstItem: firstItem as Tensor2D,
    above: outputMlp && { firstBias: firstBias as Tensor1D, hidden, outputMlp: outputMlp as Tensor2D },
  };
}

/** Gradients of the dense tensors in the order of `denseParts`. */
export function denseGradients({ outputGmf, outputBias, tower }: GraphOutput): tf.Tensor[] {
  const gradients = [outputGmf, outputBias];
  if (tower === undefined) return gradients;
  gradients.push(tower.firstUser, tower.firstItem);
  if (tower.above === undefined) return gradients;
  gradients.push(tower.above.outputMlp, tower.above.firstBias);
  for (const { weight, bias } of tower.above.hidden) gradients.push(weight, bias);
  return gradients;
}
