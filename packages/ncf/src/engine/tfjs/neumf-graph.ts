import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { tensorflow as tf } from './tensorflow.ts';

/** What one step of the graph reads. R_u and R_i are the batch's distinct users and items, B its samples. */
export interface GraphInput {
  /** int32 `[B, 1]`, slot of the sample's user. */
  readonly userSlots: Tensor2D;
  /** int32 `[B, 1]`, slot of the sample's item. */
  readonly itemSlots: Tensor2D;
  /** `[B, 1]`, 1 for a negative, -1 for a positive. */
  readonly signs: Tensor2D;
  /** `[B, 1]`, weight of the sample's loss, divided by B. */
  readonly weights: Tensor2D;
  /** `[R_u, factors]` */
  readonly userGmf: Tensor2D;
  /** `[R_i, factors]` */
  readonly itemGmf: Tensor2D;
  /** `[1, factors]` */
  readonly outputGmf: Tensor2D;
  /** `[1, 1]` */
  readonly outputBias: Tensor2D;
  readonly tower: TowerInput | undefined;
}

/** The MLP branch; its first linear map is kept as a user half and an item half. */
export interface TowerInput {
  /** `[R_u, layers[0] / 2]` */
  readonly userMlp: Tensor2D;
  /** `[R_i, layers[0] / 2]` */
  readonly itemMlp: Tensor2D;
  /** `[h, layers[0] / 2]`; h = layers[1], or 1 when the output layer itself is the first linear map. */
  readonly firstUser: Tensor2D;
  /** `[h, layers[0] / 2]` */
  readonly firstItem: Tensor2D;
  /** What follows the first linear map; absent when that map is the output layer (`layers` of length 1). */
  readonly above: AboveFirst | undefined;
}

export interface AboveFirst {
  /** `[layers[1]]` */
  readonly firstBias: Tensor1D;
  /** Weight `[out, in]`, bias `[out]` of layers 2, 3, ... */
  readonly hidden: readonly { readonly weight: Tensor2D; readonly bias: Tensor1D }[];
  /** `[1, last layer's width]` */
  readonly outputMlp: Tensor2D;
}

/** Loss and gradients, each in the shape of what it belongs to. */
export interface GraphOutput {
  /** `[]` */
  readonly loss: tf.Tensor;
  readonly userGmf: tf.Tensor;
  readonly itemGmf: tf.Tensor;
  readonly outputGmf: tf.Tensor;
  readonly outputBias: tf.Tensor;
  readonly tower: TowerOutput | undefined;
}

export interface TowerOutput {
  readonly userMlp: tf.Tensor;
  readonly itemMlp: tf.Tensor;
  readonly firstUser: tf.Tensor;
  readonly firstItem: tf.Tensor;
  readonly above:
    | {
        readonly firstBias: tf.Tensor;
        readonly hidden: readonly { readonly weight: tf.Tensor; readonly bias: tf.Tensor }[];
        readonly outputMlp: tf.Tensor;
      }
    | undefined;
}

/**
 * NeuMF's loss and its gradient (He et al. 2017, equations 7 and 12) for one batch, on whichever backend is active:
 *
 *     logit = outputGmf . (p_u * q_i) + outputMlp . tower(u, i) + bias
 *     loss  = sum of weight x softplus(sign x logit)
 *
 * The backward pass is written out instead of being left to `tf.grads`: the derivative of a gather is a dense,
 * sorted sum that the wasm backend lacks, while `gatherND` and `scatterND` exist on every backend and are fast on
 * each. For the same reason no `matMul` here sets a transpose flag: on wasm the flags fall to a loop that is ten
 * times slower than an explicit transpose. The tower's first linear map is applied to the distinct rows before they
 * are gathered, W [u; i] = W_u u + W_i i, so its cost grows with the distinct rows and not with the samples.
 *
 * The caller wraps the call in `tf.tidy`. On GPU backends `scatterND` adds in no fixed order, so the last bits of
 * the row gradients may differ between runs; on wasm and cpu they do not.
 */
export function lossAndGradients(input: GraphInput): GraphOutput {
  const users = tf.gatherND(input.userGmf, input.userSlots) as Tensor2D;
  const items = tf.gatherND(input.itemGmf, input.itemSlots) as Tensor2D;
  const product = tf.mul(users, items);
  const tower = input.tower === undefined ? undefined : towerForward(input, input.tower);
  const gmfLogits = tf.add(tf.matMul(product, tf.transpose(input.outputGmf)), input.outputBias);
  const logits = tower === undefined ? gmfLogits : tf.add(gmfLogits, tower.logits);

  const margins = tf.mul(logits, input.signs);
  const loss = tf.sum(tf.mul(input.weights, softplus(margins)));
  // d softplus(sign z) / dz = sign sigmoid(sign z), without the cancellation of sigmoid(z) - 1.
  const slope = tf.mul(tf.mul(input.weights, input.signs), tf.sigmoid(margins)) as Tensor2D;

  const productSlope = tf.mul(slope, input.outputGmf);
  return {
    loss,
    userGmf: scatter(input.userSlots, tf.mul(productSlope, items), input.userGmf.shape),
    itemGmf: scatter(input.itemSlots, tf.mul(productSlope, users), input.itemGmf.shape),
    outputGmf: tf.matMul(asRow(slope), product),
    outputBias: tf.sum(slope),
    tower:
      input.tower === undefined || tower === undefined
        ? undefined
        : towerBackward(input, input.tower, tower.activations, slope),
  };
}

interface TowerForward {
  /** `[B, 1]`, the tower's share of the logits. */
  readonly logits: tf.Tensor;
  /** `[B, out]` after each ReLU, first layer first. */
  readonly activations: readonly Tensor2D[];
}

function towerForward(input: GraphInput, tower: TowerInput): TowerForward {
  const userHalf = tf.matMul(tower.userMlp, tf.transpose(tower.firstUser));
  const itemHalf = tf.matMul(tower.itemMlp, tf.transpose(tower.firstItem));
  const { above } = tower;
  // The bias goes to the distinct users: fewer rows than there are samples.
  const userPart = above === undefined ? userHalf : tf.add(userHalf, above.firstBias);
  const sum = tf.add(tf.gatherND(userPart, input.userSlots), tf.gatherND(itemHalf, input.itemSlots));
  if (above === undefined) return { logits: sum, activations: [] };
  let activation = tf.relu(sum) as Tensor2D;
  const activations = [activation];
  for (const { weight, bias } of above.hidden) {
    activation = tf.fused.matMul({
      a: activation,
      b: tf.transpose(weight),
      bias,
      activation: 'relu',
    }) as Tensor2D;
    activations.push(activation);
  }
  return { logits: tf.matMul(activation, tf.transpose(above.outputMlp)), activations };
}

function towerBackward(
  input: GraphInput,
  tower: TowerInput,
  activations: readonly Tensor2D[],
  slope: Tensor2D,
): TowerOutput {
  const { above } = tower;
  const upper = above === undefined ? undefined : aboveBackward(above, activations, slope);
  const sumSlope = upper === undefined ? slope : upper.sumSlope;
  const width = tower.firstUser.shape[0];
  const userHalfSlope = scatter(input.userSlots, sumSlope, [tower.userMlp.shape[0], width]);
  const itemHalfSlope = scatter(input.itemSlots, sumSlope, [tower.itemMlp.shape[0], width]);
  const userTransposed = tf.transpose(userHalfSlope);
  return {
    userMlp: tf.matMul(userHalfSlope, tower.firstUser),
    itemMlp: tf.matMul(itemHalfSlope, tower.firstItem),
    firstUser: tf.matMul(userTransposed, tower.userMlp),
    firstItem: tf.matMul(tf.transpose(itemHalfSlope), tower.itemMlp),
    above: upper && {
      firstBias: tf.sum(userTransposed, 1),
      hidden: upper.hidden,
      outputMlp: upper.outputMlp,
    },
  };
}

/** The ReLU layers, last first; `sumSlope` is the gradient of what enters the first ReLU, `[B, layers[1]]`. */
function aboveBackward(above: AboveFirst, activations: readonly Tensor2D[], slope: Tensor2D) {
  const last = activations[activations.length - 1]!;
  const outputMlp = tf.matMul(asRow(slope), last);
  let activationSlope: tf.Tensor = tf.mul(slope, above.outputMlp);
  const hidden: { weight: tf.Tensor; bias: tf.Tensor }[] = [];
  for (let layer = above.hidden.length - 1; layer >= 0; layer--) {
    const inner = tf.mul(activationSlope, tf.step(activations[layer + 1]!)) as Tensor2D;
    const transposed = tf.transpose(inner);
    hidden.unshift({ weight: tf.matMul(transposed, activations[layer]!), bias: tf.sum(transposed, 1) });
    activationSlope = tf.matMul(inner, above.hidden[layer]!.weight);
  }
  return { outputMlp, hidden, sumSlope: tf.mul(activationSlope, tf.step(activations[0]!)) as Tensor2D };
}

/** log(1 + e^x) without overflow. */
function softplus(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
}

/** `[B, 1]` to `[1, B]`: the same numbers in the same order, so nothing is moved. */
function asRow(column: Tensor2D): Tensor2D {
  return tf.reshape(column, [1, column.shape[0]]);
}

/** Sums the rows of `values` (`[B, width]`) into the rows that `slots` names. */
function scatter(slots: Tensor2D, values: tf.Tensor, shape: [number, number]): Tensor2D {
  return tf.scatterND(slots, values, shape) as Tensor2D;
}
