import { mlpEmbeddingWidth } from '../engine/neumf-parameters.ts';
import type { Model } from '../model-file/model.ts';
import { factorise, substitute } from './cholesky.ts';

/** Users that the encoder is fitted on, evenly spaced. */
const MOST_USERS = 4_096;
/** Of a user with more items only the latest so many are looked at. */
const MOST_ITEMS = 200;
/** L2 penalty of the fit, relative to the number of users. */
const RIDGE = 1e-3;

/**
 * Says what row of the MLP branch's user table somebody would have: a linear map, fitted to the trained rows, of what
 * is known of anybody.
 */
export interface MlpEncoder {
  /** `[layers[0] / 2]` of the items of a user, the latest last. */
  encode(items: ArrayLike<number>, gmf: ArrayLike<number>): Float32Array;
}

/**
 * Fits user_mlp_u = B [1 ; mean of item_mlp over the items of u ; user_gmf_u] by ridge regression over up to 4,096
 * evenly spaced users. Deterministic.
 */
export function fitMlpEncoder(model: Model, withGmf = true): MlpEncoder {
  const { parameters, history } = model;
  const { userCount, factors } = parameters.shape;
  const width = mlpEmbeddingWidth(parameters.shape);
  const inputs = 1 + width + (withGmf ? factors : 0);
  const x = new Float64Array(inputs);
  const describe = (items: ArrayLike<number>, gmf: ArrayLike<number>) => {
    x.fill(0);
    x[0] = 1;
    const first = Math.max(0, items.length - MOST_ITEMS);
    for (let place = first; place < items.length; place++) {
      const row = items[place]! * width;
      for (let k = 0; k < width; k++) x[1 + k]! += parameters.itemMlp[row + k]! / (items.length - first);
    }
    if (withGmf) for (let f = 0; f < factors; f++) x[1 + width + f] = gmf[f]!;
  };
  const gram = new Float64Array(inputs * inputs);
  const targets = Array.from({ length: width }, () => new Float64Array(inputs));
  const users = Math.min(userCount, MOST_USERS);
  for (let sample = 0; sample < users; sample++) {
    const user = Math.floor((sample * userCount) / users);
    describe(
      history.items.subarray(history.offsets[user]!, history.offsets[user + 1]!),
      parameters.userGmf.subarray(user * factors, (user + 1) * factors),
    );
    for (let row = 0; row < inputs; row++) {
      for (let column = 0; column <= row; column++) gram[row * inputs + column]! += x[row]! * x[column]!;
      for (let k = 0; k < width; k++) targets[k]![row]! += x[row]! * parameters.userMlp[user * width + k]!;
    }
  }
  let trace = 0;
  for (let k = 0; k < inputs; k++) trace += gram[k * inputs + k]!;
  // The constant is not penalised, so that the fit is the mean row at the least.
  for (let k = 1; k < inputs; k++) gram[k * inputs + k]! += (RIDGE * trace) / inputs;
  const isFitted = factorise(gram, inputs) && targets.every((target) => substitute(gram, target));
  return {
    encode(items, gmf) {
      describe(items, gmf);
      const out = new Float32Array(width);
      if (!isFitted) return out;
      for (let k = 0; k < width; k++) {
        let sum = 0;
        for (let row = 0; row < inputs; row++) sum += targets[k]![row]! * x[row]!;
        out[k] = sum;
      }
      return out;
    },
  };
}
