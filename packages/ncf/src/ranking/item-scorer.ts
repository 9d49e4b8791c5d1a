import { mlpEmbeddingWidth, mlpOutputWidth, type NeuMFParameters } from '../engine/neumf-parameters.ts';
import { denseOfOne, toFloat64 } from './dense-layer.ts';
import { createFirstLayerHalves } from './first-layer.ts';
import type { UserEmbedding } from './user-embedding.ts';

/** Computes single logits in float64, the same bits as the scorer of the whole catalogue, and keeps no item side. */
export interface ItemScorer {
  /** Chooses the user of the scores that follow. */
  setUser(user: UserEmbedding): void;
  /** logit(user, item); the item must exist. */
  score(item: number): number;
}

/** Makes a scorer of single items; all sums go in the order that `createScorer` states. */
export function createItemScorer(parameters: NeuMFParameters): ItemScorer {
  const { factors, layers } = parameters.shape;
  const { itemGmf } = parameters;
  const outputWeight = toFloat64(parameters.outputWeight);
  const outputBias = parameters.outputBias[0] ?? 0;
  const weightedUser = new Float64Array(factors);
  const tower =
    layers.length > 1 ? reluTower(parameters, outputWeight) : plainTower(parameters, outputWeight);
  return {
    setUser({ gmf, mlp }) {
      for (let f = 0; f < factors; f++) weightedUser[f] = outputWeight[f]! * gmf[f]!;
      tower.setUser(mlp);
    },
    score(item) {
      let sum = outputBias;
      const row = item * factors;
      for (let f = 0; f < factors; f++) sum += weightedUser[f]! * itemGmf[row + f]!;
      return tower.addTo(sum, item);
    },
  };
}

interface SingleTower {
  setUser(mlp: Float32Array): void;
  addTo(sum: number, item: number): number;
}

/** No ReLU layer: the output weights meet the embeddings themselves, if there are any. */
function plainTower(parameters: NeuMFParameters, outputWeight: Float64Array): SingleTower {
  const width = mlpEmbeddingWidth(parameters.shape);
  const weight = outputWeight.subarray(parameters.shape.factors);
  const { itemMlp } = parameters;
  const user = new Float64Array(width);
  return {
    setUser: (mlp) => user.set(mlp),
    addTo(start, item) {
      let sum = start;
      for (let k = 0; k < width; k++) sum += weight[k]! * user[k]!;
      for (let k = 0; k < width; k++) sum += weight[width + k]! * itemMlp[item * width + k]!;
      return sum;
    },
  };
}

function reluTower(parameters: NeuMFParameters, outputWeight: Float64Array): SingleTower {
  const { factors, layers } = parameters.shape;
  const halves = createFirstLayerHalves(parameters);
  const rest = parameters.mlp.slice(1).map(({ weight, bias }) => ({
    weight: toFloat64(weight),
    bias: toFloat64(bias),
  }));
  const outputWidth = mlpOutputWidth(parameters.shape);
  const userHalf = new Float64Array(halves.units);
  const activations = layers.slice(1).map((units) => new Float64Array(units));
  const first = activations[0]!;
  return {
    setUser: (mlp) => halves.ofUser(mlp, userHalf),
    addTo(start, item) {
      halves.ofItem(item, first);
      for (let unit = 0; unit < first.length; unit++)
        first[unit] = Math.max(userHalf[unit]! + first[unit]!, 0);
      rest.forEach(({ weight, bias }, layer) => {
        denseOfOne(weight, bias, activations[layer]!, activations[layer + 1]!);
      });
      const last = activations.at(-1)!;
      let sum = start;
      for (let unit = 0; unit < outputWidth; unit++) sum += outputWeight[factors + unit]! * last[unit]!;
      return sum;
    },
  };
}
