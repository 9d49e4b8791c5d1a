import { mlpEmbeddingWidth, type NeuMFParameters } from '../engine/neumf-parameters.ts';

/** What a model knows of a user: a row of its tables, or one that was folded in. */
export interface UserEmbedding {
  /** `[factors]` */
  readonly gmf: Float32Array;
  /** `[layers[0] / 2]` */
  readonly mlp: Float32Array;
}

/**
 * A user's rows of the model's tables, as views.
 * @throws RangeError when there is no such user.
 */
export function userEmbedding(parameters: NeuMFParameters, userIndex: number): UserEmbedding {
  const { userCount, factors } = parameters.shape;
  if (!(Number.isInteger(userIndex) && userIndex >= 0 && userIndex < userCount)) {
    throw new RangeError(`there is no user ${userIndex} in a model of ${userCount}`);
  }
  const width = mlpEmbeddingWidth(parameters.shape);
  return {
    gmf: parameters.userGmf.subarray(userIndex * factors, (userIndex + 1) * factors),
    mlp: parameters.userMlp.subarray(userIndex * width, (userIndex + 1) * width),
  };
}
