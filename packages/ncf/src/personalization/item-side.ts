import type { NeuMFParameters } from '../engine/neumf-parameters.ts';

/**
 * The item side of the GMF branch as least squares see it: y_i = output weights * item_gmf_i, element by element, so
 * that the branch's part of a logit is u . y_i.
 */
export class GmfItems {
  readonly factors: number;
  readonly itemCount: number;
  readonly #items: Float32Array;
  readonly #weights: Float64Array;

  constructor({ shape, itemGmf, outputWeight }: NeuMFParameters) {
    this.factors = shape.factors;
    this.itemCount = shape.itemCount;
    this.#items = itemGmf;
    this.#weights = Float64Array.from(outputWeight.subarray(0, shape.factors));
  }

  /** y of an item into `out`, `[factors]`. */
  read(item: number, out: Float64Array): void {
    const row = item * this.factors;
    for (let f = 0; f < this.factors; f++) out[f] = this.#weights[f]! * this.#items[row + f]!;
  }

  /** Sum over all items of y y^T, `[factors, factors]`. Once a model: items x factors^2 / 2 products. */
  gram(): Float64Array {
    const { factors } = this;
    const gram = new Float64Array(factors * factors);
    const block = new Float64Array(4 * factors);
    for (let item = 0; item < this.itemCount; item += 4) {
      block.fill(0);
      for (let k = 0; k < Math.min(4, this.itemCount - item); k++) {
        this.read(item + k, block.subarray(k * factors, (k + 1) * factors));
      }
      addOuterProducts(gram, block, factors);
    }
    for (let row = 0; row < factors; row++) {
      for (let column = 0; column < row; column++)
        gram[column * factors + row] = gram[row * factors + column]!;
    }
    return gram;
  }
}

/** Lower triangle of gram += sum of four y y^T: four at a time share the loads and stores of the sum. */
function addOuterProducts(gram: Float64Array, four: Float64Array, factors: number): void {
  for (let row = 0; row < factors; row++) {
    const a = four[row]!;
    const b = four[factors + row]!;
    const c = four[2 * factors + row]!;
    const d = four[3 * factors + row]!;
    const out = row * factors;
    for (let column = 0; column <= row; column++) {
      gram[out + column]! +=
        a * four[column]! +
        b * four[factors + column]! +
        c * four[2 * factors + column]! +
        d * four[3 * factors + column]!;
    }
  }
}
