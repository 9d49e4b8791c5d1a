import { mlpEmbeddingWidth, mlpOutputWidth, type NeuMFParameters } from '../engine/neumf-parameters.ts';
import { denseOfPair, toFloat64 } from './dense-layer.ts';
import { createFirstLayerHalves } from './first-layer.ts';
import { userEmbedding } from './user-embedding.ts';

/** Computes the logits of one user against the whole catalogue, in float64. */
export interface Scorer {
  readonly userCount: number;
  readonly itemCount: number;
  /**
   * Writes logit(user, i) of every item i into `out`, `[items]`.
   * @throws RangeError when there is no such user, or `out` is of another length.
   */
  scoreUser(userIndex: number, out: Float64Array): void;
}

/**
 * Makes the exact scorer of a model: NeuMF's logit (He et al. 2017, equation 12) without the logistic function, which
 * does not change the order.
 *
 * The first layer is split: W [u; i] = Wu u + Wi i. Wi i is computed here, once; Wu u once a user. All sums are taken
 * in float64 from the float32 weights, in this order, so that the same parameters give the same bits everywhere:
 * first layer: (bias + Wu u, by column) + (Wi i, by column); other layers: bias, then by column; logit: output bias,
 * then (weight x user) x item by factor, then weight x activation by unit. Without a ReLU layer (`layers` of one
 * width) the embeddings themselves are the tower's output, the user's first.
 */
export function createScorer(parameters: NeuMFParameters): Scorer {
  const tower = createTower(parameters);
  const { userCount, itemCount, factors } = parameters.shape;
  const itemGmf = parameters.itemGmf;
  const outputWeight = toFloat64(parameters.outputWeight);
  const outputBias = parameters.outputBias[0] ?? 0;
  const weightedUser = new Float64Array(factors);

  return {
    userCount,
    itemCount,
    scoreUser(userIndex, out) {
      const { gmf } = userEmbedding(parameters, userIndex);
      if (out.length !== itemCount) {
        throw new RangeError(`out has ${out.length} elements; ${itemCount} items need as many`);
      }
      for (let f = 0; f < factors; f++) {
        weightedUser[f] = outputWeight[f]! * gmf[f]!;
      }
      for (let item = 0; item < itemCount; item++) {
        let sum = outputBias;
        const row = item * factors;
        for (let f = 0; f < factors; f++) sum += weightedUser[f]! * itemGmf[row + f]!;
        out[item] = sum;
      }
      tower.addTo(userIndex, out);
    },
  };
}

/** The MLP branch: adds its part of the logit to every item's sum. */
interface Tower {
  addTo(userIndex: number, out: Float64Array): void;
}

function createTower(parameters: NeuMFParameters): Tower {
  const { layers } = parameters.shape;
  if (layers.length === 0) return { addTo: () => undefined };
  if (layers.length === 1) return createConcatenation(parameters);
  return createReluTower(parameters);
}

/** A tower without a ReLU layer: the output weights meet the embeddings themselves. */
function createConcatenation(parameters: NeuMFParameters): Tower {
  const { factors, itemCount } = parameters.shape;
  const width = mlpEmbeddingWidth(parameters.shape);
  const weight = toFloat64(parameters.outputWeight).subarray(factors);
  const { userMlp, itemMlp } = parameters;
  return {
    addTo(userIndex, out) {
      for (let item = 0; item < itemCount; item++) {
        let sum = out[item]!;
        for (let k = 0; k < width; k++) sum += weight[k]! * userMlp[userIndex * width + k]!;
        for (let k = 0; k < width; k++) sum += weight[width + k]! * itemMlp[item * width + k]!;
        out[item] = sum;
      }
    },
  };
}

function createReluTower(parameters: NeuMFParameters): Tower {
  const { factors, itemCount } = parameters.shape;
  const first = createFirstLayer(parameters);
  const rest = parameters.mlp.slice(1).map(({ weight, bias }) => ({
    weight: toFloat64(weight),
    bias: toFloat64(bias),
  }));
  const outputWidth = mlpOutputWidth(parameters.shape);
  const outputWeight = toFloat64(parameters.outputWeight).subarray(factors);
  const widest = Math.max(...parameters.shape.layers);
  // Activations of two items side by side, since two share each load of a weight: [2, width].
  const front = new Float64Array(2 * widest);
  const back = new Float64Array(2 * widest);

  return {
    addTo(userIndex, out) {
      first.setUser(userIndex);
      for (let item = 0; item < itemCount; item += 2) {
        // The last of an odd number of items is its own neighbour.
        const neighbour = Math.min(item + 1, itemCount - 1);
        first.activate(item, neighbour, front);
        let input = front;
        let output = back;
        for (let layer = 0; layer < rest.length; layer++) {
          const { weight, bias } = rest[layer]!;
          denseOfPair(weight, bias, input, output);
          const swap = input;
          input = output;
          output = swap;
        }
        let sum0 = out[item]!;
        let sum1 = out[neighbour]!;
        for (let unit = 0; unit < outputWidth; unit++) {
          const w = outputWeight[unit]!;
          sum0 += w * input[unit]!;
          sum1 += w * input[outputWidth + unit]!;
        }
        out[item] = sum0;
        out[neighbour] = sum1;
      }
    },
  };
}

/** The first ReLU layer, whose item half is computed when it is made. */
function createFirstLayer(parameters: NeuMFParameters) {
  const halves = createFirstLayerHalves(parameters);
  const { units } = halves;
  const { itemCount } = parameters.shape;
  const userHalf = new Float64Array(units);
  const itemHalf = new Float64Array(itemCount * units);
  for (let item = 0; item < itemCount; item++) {
    halves.ofItem(item, itemHalf.subarray(item * units, (item + 1) * units));
  }

  return {
    setUser(userIndex: number): void {
      halves.ofUser(userEmbedding(parameters, userIndex).mlp, userHalf);
    },
    /** Activations of two items into `out`, `[2, units]`. */
    activate(item: number, neighbour: number, out: Float64Array): void {
      const row0 = item * units;
      const row1 = neighbour * units;
      for (let unit = 0; unit < units; unit++) {
        const user = userHalf[unit]!;
        const x0 = user + itemHalf[row0 + unit]!;
        const x1 = user + itemHalf[row1 + unit]!;
        out[unit] = Math.max(x0, 0);
        out[units + unit] = Math.max(x1, 0);
      }
    },
  };
}
