import type { Model } from '../model-file/model.ts';
import { type UserEmbedding, userEmbedding } from '../ranking/user-embedding.ts';
import { solvePositiveDefinite } from './cholesky.ts';
import { GmfItems } from './item-side.ts';
import { type PersonalizerTables, personalizerTables } from './personalizer-tables.ts';

/** What the GMF branch's product should be for an observed pair: the scale that least squares are handed over with. */
const TARGET = 8;

/** The least squares of the pre-training, as the manifest states them. */
export interface FoldInOptions {
  /** `strength`: an observed pair weighs its strength; `none`: 1. */
  readonly strengthWeight: 'strength' | 'none';
  /** Weight of an absent pair. */
  readonly unobservedWeight: number;
  /** L2 penalty, scaled by a row's pairs and the weight of its absent ones. */
  readonly regularisation: number;
}

/** An item that somebody has interacted with, and how much that counts. */
export interface WeightedItem {
  readonly itemIndex: number;
  readonly weight: number;
}

/** Finds the user side of a model for anybody, its item side as it is. */
export class FoldIn {
  readonly #model: Model;
  readonly #options: FoldInOptions;
  readonly #items: GmfItems;
  readonly #gram: Float64Array;
  /** The MLP branch's row of somebody without one: it says little of a single user, and the mean loses least. */
  readonly #meanMlp: Float32Array;

  /** @param tables what does not depend on a user, of the same model; default: computed here. */
  constructor(model: Model, options: FoldInOptions, tables: PersonalizerTables = personalizerTables(model)) {
    this.#model = model;
    this.#options = options;
    this.#items = new GmfItems(model.parameters);
    this.#gram = tables.gram;
    this.#meanMlp = tables.meanMlp;
  }

  /** Somebody without a row, `items` distinct; undefined when there is no finite solution. */
  newUser(items: readonly WeightedItem[]): UserEmbedding | undefined {
    const start = new Float64Array(this.#items.factors);
    const gmf = this.#solve(start, [], items);
    return gmf && finite({ gmf, mlp: this.#meanMlp });
  }

  /**
   * A user of the model with newer items: the trained row is the least squares' answer to the history, which the newer
   * items move; the MLP branch stays as it was trained.
   */
  knownUser(userIndex: number, newer: readonly WeightedItem[]): UserEmbedding {
    const { parameters, history } = this.#model;
    const trained = userEmbedding(parameters, userIndex);
    const observed: WeightedItem[] = [];
    for (let pair = history.offsets[userIndex]!; pair < history.offsets[userIndex + 1]!; pair++) {
      const weight = this.#options.strengthWeight === 'strength' ? history.strengths[pair]! : 1;
      observed.push({ itemIndex: history.items[pair]!, weight });
    }
    const gmf = this.#solve(Float64Array.from(trained.gmf), observed, newer);
    return (gmf && finite({ gmf, mlp: trained.mlp })) ?? trained;
  }

  /**
   * start + A^-1 b with A = w0 G + sum over observed and added of w y y^T + ridge and b = sum over added of
   * w (T - start . y) y. From start = 0 without observed pairs this is the row of least squares of Hu et al. 2008.
   */
  #solve(
    start: Float64Array,
    observed: readonly WeightedItem[],
    added: readonly WeightedItem[],
  ): Float32Array | undefined {
    const { factors, itemCount } = this.#items;
    const { unobservedWeight, regularisation } = this.#options;
    const matrix = this.#gram.map((value) => unobservedWeight * value);
    const pairs = observed.length + added.length;
    const ridge = regularisation * TARGET * (pairs + unobservedWeight * itemCount);
    for (let f = 0; f < factors; f++) matrix[f * factors + f]! += ridge;
    const side = new Float64Array(factors);
    const y = new Float64Array(factors);
    for (const { itemIndex, weight } of observed) {
      this.#items.read(itemIndex, y);
      addOuterProduct(matrix, y, weight);
    }
    for (const { itemIndex, weight } of added) {
      this.#items.read(itemIndex, y);
      addOuterProduct(matrix, y, weight);
      let product = 0;
      for (let f = 0; f < factors; f++) product += start[f]! * y[f]!;
      for (let f = 0; f < factors; f++) side[f]! += weight * (TARGET - product) * y[f]!;
    }
    if (!solvePositiveDefinite(matrix, side)) return undefined;
    return Float32Array.from(side, (value, f) => start[f]! + value);
  }
}

/** Lower triangle of matrix += weight y y^T. */
function addOuterProduct(matrix: Float64Array, y: Float64Array, weight: number): void {
  const size = y.length;
  for (let row = 0; row < size; row++) {
    const scaled = weight * y[row]!;
    for (let column = 0; column <= row; column++) matrix[row * size + column]! += scaled * y[column]!;
  }
}

function finite(embedding: UserEmbedding): UserEmbedding | undefined {
  return embedding.gmf.every(Number.isFinite) && embedding.mlp.every(Number.isFinite) ? embedding : undefined;
}
