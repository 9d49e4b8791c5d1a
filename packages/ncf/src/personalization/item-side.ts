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

/**
 * Lower triangle of gram += sum of four y y^T, and a number more in every other row: four vectors and two rows at a time
 * share their loads and stores.
 */
function addOuterProducts(gram: Float64Array, four: Float64Array, factors: number): void {
  for (let row = 0; row < factors; row += 2) {
    const next = Math.min(row + 1, factors - 1);
    const a0 = four[row]!;
    const b0 = four[factors + row]!;
    const c0 = four[2 * factors + row]!;
    const d0 = four[3 * factors + row]!;
    const a1 = four[next]!;
    const b1 = four[factors + next]!;
    const c1 = four[2 * factors + next]!;
    const d1 = four[3 * factors + next]!;
    const isPair = next > row;
    const out = row * factors;
    for (let column = 0; column <= next; column++) {
      const a = four[column]!;
      const b = four[factors + column]!;
      const c = four[2 * factors + column]!;
      const d = four[3 * factors + column]!;
      gram[out + column]! += a0 * a + b0 * b + c0 * c + d0 * d;
      if (isPair) gram[out + factors + column]! += a1 * a + b1 * b + c1 * c + d1 * d;
    }
  }
}
