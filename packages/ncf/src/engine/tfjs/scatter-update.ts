import type { Tensor2D } from '@tensorflow/tfjs';
import { ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON } from '../adam.ts';
import type { RowGradients, RowUpdate } from './row-update.ts';
import { tensorflow as tf } from './tensorflow.ts';

/**
 * Lazy Adam in operations that every backend has: gather the rows, update them, scatter them into a copy of the table.
 * Tensors are immutable, so each step copies the packed table on the device: a cost that grows with the vocabulary
 * (two passes over `3 rows width` floats at memory speed) and is shared by all samples of the batch.
 */
export class ScatterUpdate implements RowUpdate {
  readonly #beta1 = tf.scalar(ADAM_BETA1);
  readonly #rest1 = tf.scalar(1 - ADAM_BETA1);
  readonly #beta2 = tf.scalar(ADAM_BETA2);
  readonly #rest2 = tf.scalar(1 - ADAM_BETA2);
  readonly #epsilon = tf.scalar(ADAM_EPSILON);

  apply(packed: Tensor2D, { rows, gradients, l2 }: RowGradients, stepSize: number): Tensor2D {
    return tf.tidy(() => {
      const [values, first, second] = tf.split(tf.gatherND(packed, rows), 3, 1);
      const slope = tf.add(gradients, tf.mul(values!, l2));
      const firstMoment = tf.add(tf.mul(first!, this.#beta1), tf.mul(slope, this.#rest1));
      const secondMoment = tf.add(tf.mul(second!, this.#beta2), tf.mul(tf.square(slope), this.#rest2));
      const direction = tf.div(firstMoment, tf.add(tf.sqrt(secondMoment), this.#epsilon));
      const moved = tf.sub(values!, tf.mul(direction, tf.scalar(stepSize)));
      const updated = tf.concat([moved, firstMoment, secondMoment], 1);
      return tf.tensorScatterUpdate(packed, rows, updated) as Tensor2D;
    });
  }

  dispose(): void {
    tf.dispose([this.#beta1, this.#rest1, this.#beta2, this.#rest2, this.#epsilon]);
  }
}
