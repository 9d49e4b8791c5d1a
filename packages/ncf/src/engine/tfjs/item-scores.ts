import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { mlpEmbeddingWidth, mlpOutputWidth, type NeuMFParameters } from '../neumf-parameters.ts';
import { columns, firstLinearMap } from './dense-parts.ts';
import { tensorflow as tf } from './tensorflow.ts';

/** Most user-item pairs whose activations are held at once: 16 MiB for the widest layer of the default network. */
const MAX_PAIRS = 65_536;

interface ItemBlock {
  readonly count: number;
  /** `[factors, count]` */
  readonly gmf: Tensor2D;
  /** `[1, count, h]`, the item half of the tower's first linear map. */
  readonly half: tf.Tensor3D | undefined;
}

interface Tower {
  /** `[layers[0] / 2, h]` */
  readonly firstUser: Tensor2D;
  /** Absent when the first linear map is the output layer itself. */
  readonly above:
    | {
        readonly firstBias: Tensor1D;
        /** Weights `[in, out]`. */
        readonly hidden: readonly { readonly weight: Tensor2D; readonly bias: Tensor1D }[];
        /** `[last layer's width, 1]` */
        readonly output: Tensor2D;
      }
    | undefined;
}

/**
 * Logits of whole catalogues with the tower's first linear map split, W [u; i] = W_u u + W_i i: the item halves are
 * computed once, when it is made, from the parameters as they are then. Holds tensors until `dispose`.
 */
export class ItemScores {
  readonly #parameters: NeuMFParameters;
  readonly #tower: Tower | undefined;
  readonly #blocks: readonly ItemBlock[];

  constructor(parameters: NeuMFParameters) {
    this.#parameters = parameters;
    const { layers, itemCount } = parameters.shape;
    this.#tower = layers.length === 0 ? undefined : makeTower(parameters);
    const blocks: ItemBlock[] = [];
    for (let from = 0; from < itemCount; from += MAX_PAIRS) {
      blocks.push(makeBlock(parameters, from, Math.min(itemCount, from + MAX_PAIRS)));
    }
    this.#blocks = blocks;
  }

  /** `[users.length, items]`, row by row. `pause` is awaited between blocks of bounded work. */
  async score(users: Uint32Array, pause: () => Promise<void>): Promise<Float32Array> {
    const { itemCount } = this.#parameters.shape;
    const scores = new Float32Array(users.length * itemCount);
    const usersAtOnce = Math.max(1, Math.floor(MAX_PAIRS / itemCount));
    for (let from = 0; from < users.length; from += usersAtOnce) {
      const some = users.subarray(from, from + usersAtOnce);
      let to = from * itemCount;
      // More than one user at once implies a single block, so that the rows stay whole.
      for (const block of this.#blocks) {
        const logits = tf.tidy(() => this.#logits(some, block));
        try {
          scores.set((await logits.data()) as Float32Array, to);
        } finally {
          logits.dispose();
        }
        to += block.count;
        await pause();
      }
    }
    return scores;
  }

  dispose(): void {
    for (const { gmf, half } of this.#blocks) tf.dispose([gmf, ...(half ? [half] : [])]);
    if (this.#tower === undefined) return;
    const { firstUser, above } = this.#tower;
    tf.dispose(firstUser);
    if (above === undefined) return;
    tf.dispose([above.firstBias, above.output]);
    for (const { weight, bias } of above.hidden) tf.dispose([weight, bias]);
  }

  #logits(users: Uint32Array, block: ItemBlock): tf.Tensor {
    const { userGmf, userMlp, outputWeight, outputBias, shape } = this.#parameters;
    const weighted = gather(userGmf, users, shape.factors);
    for (let at = 0; at < weighted.length; at++) weighted[at]! *= outputWeight[at % shape.factors]!;
    const gmf = tf.add(
      tf.matMul(tf.tensor2d(weighted, [users.length, shape.factors]), block.gmf),
      tf.scalar(outputBias[0]!),
    );
    if (this.#tower === undefined || block.half === undefined) return gmf;
    const width = mlpEmbeddingWidth(shape);
    const rows = tf.tensor2d(gather(userMlp, users, width), [users.length, width]);
    return tf.add(gmf, towerLogits(this.#tower, rows, block.half));
  }
}

/** `[users, items of the block]` */
function towerLogits({ firstUser, above }: Tower, userRows: Tensor2D, itemHalf: tf.Tensor3D): tf.Tensor {
  const [, count, height] = itemHalf.shape;
  const users = userRows.shape[0];
  const mapped = tf.matMul(userRows, firstUser);
  const userHalf = above === undefined ? mapped : tf.add(mapped, above.firstBias);
  const sum = tf.add(tf.reshape(userHalf, [users, 1, height]), itemHalf);
  if (above === undefined) return tf.reshape(sum, [users, count]);
  let activation = tf.reshape(tf.relu(sum), [users * count, height]) as Tensor2D;
  for (const { weight, bias } of above.hidden) {
    activation = tf.fused.matMul({ a: activation, b: weight, bias, activation: 'relu' }) as Tensor2D;
  }
  return tf.reshape(tf.matMul(activation, above.output), [users, count]);
}

function makeTower(parameters: NeuMFParameters): Tower {
  const { factors, layers } = parameters.shape;
  const width = mlpEmbeddingWidth(parameters.shape);
  const { weight, rows } = firstLinearMap(parameters);
  const [first, ...rest] = parameters.mlp;
  const output = parameters.outputWeight.slice(factors);
  return {
    firstUser: transposed(columns(weight, rows, 0, width), rows, width),
    above: first && {
      firstBias: tf.tensor1d(first.bias.slice()),
      hidden: rest.map((layer, index) => ({
        weight: transposed(layer.weight.slice(), layers[index + 2]!, layers[index + 1]!),
        bias: tf.tensor1d(layer.bias.slice()),
      })),
      output: tf.tensor2d(output, [mlpOutputWidth(parameters.shape), 1]),
    },
  };
}

function makeBlock(parameters: NeuMFParameters, from: number, to: number): ItemBlock {
  const { factors, layers } = parameters.shape;
  const count = to - from;
  const gmf = transposed(parameters.itemGmf.slice(from * factors, to * factors), count, factors);
  if (layers.length === 0) return { count, gmf, half: undefined };
  const width = mlpEmbeddingWidth(parameters.shape);
  const { weight, rows } = firstLinearMap(parameters);
  const half = tf.tidy(() =>
    tf.reshape(
      tf.matMul(
        tf.tensor2d(parameters.itemMlp.slice(from * width, to * width), [count, width]),
        transposed(columns(weight, rows, width, width), rows, width),
      ),
      [1, count, rows],
    ),
  ) as tf.Tensor3D;
  return { count, gmf, half };
}

/** The `[rows, width]` matrix as a tensor `[width, rows]`. */
function transposed(matrix: Float32Array, rows: number, width: number): Tensor2D {
  return tf.tidy(() => tf.transpose(tf.tensor2d(matrix, [rows, width])));
}

function gather(table: Float32Array, rows: Uint32Array, width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    gathered.set(table.subarray(row * width, (row + 1) * width), index * width);
  });
  return gathered;
}
