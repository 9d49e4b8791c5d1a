import type { NeuMFParameters } from '@sommelier/ncf';

/** NeuMF's logits of a user for all items in float64, by its definition (He et al. 2017, section 3.4): `[items]`. */
export function bruteForceLogits(parameters: NeuMFParameters, user: number): Float64Array {
  const { factors, itemCount, layers } = parameters.shape;
  const { userGmf, itemGmf, outputWeight, outputBias } = parameters;
  const logits = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    let logit = outputBias[0]!;
    for (let k = 0; k < factors; k++) {
      logit += outputWeight[k]! * userGmf[user * factors + k]! * itemGmf[item * factors + k]!;
    }
    if (layers.length > 0) {
      const tower = towerOf(parameters, user, item);
      for (let k = 0; k < tower.length; k++) logit += outputWeight[factors + k]! * tower[k]!;
    }
    logits[item] = logit;
  }
  return logits;
}

/** Output of the MLP branch for a pair. */
function towerOf(
  { shape, userMlp, itemMlp, mlp }: NeuMFParameters,
  user: number,
  item: number,
): Float64Array {
  const width = shape.layers[0]! / 2;
  let input = new Float64Array(2 * width);
  input.set(userMlp.subarray(user * width, (user + 1) * width));
  input.set(itemMlp.subarray(item * width, (item + 1) * width), width);
  for (const { weight, bias } of mlp) {
    const output = new Float64Array(bias.length);
    for (let unit = 0; unit < output.length; unit++) {
      let sum = bias[unit]!;
      for (let k = 0; k < input.length; k++) sum += weight[unit * input.length + k]! * input[k]!;
      output[unit] = Math.max(0, sum);
    }
    input = output;
  }
  return input;
}

/** All items, the best first, ties by index, which is the order of the ids: a full sort. */
export function fullRanking(logits: Float64Array): number[] {
  return Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
}

/** The first n of a ranking that may be recommended, at most so many of a category. */
export function firstEligible(
  ranking: readonly number[],
  n: number,
  isEligible: (item: number) => boolean,
  limit?: { readonly categoryOf: (item: number) => string | null; readonly maxPerCategory: number },
): number[] {
  const counts = new Map<string, number>();
  const chosen: number[] = [];
  for (const item of ranking) {
    if (chosen.length === n) break;
    if (!isEligible(item)) continue;
    const category = limit?.categoryOf(item) ?? null;
    const count = category === null ? 0 : (counts.get(category) ?? 0);
    if (limit !== undefined && count >= limit.maxPerCategory) continue;
    if (category !== null) counts.set(category, count + 1);
    chosen.push(item);
  }
  return chosen;
}
