import { invalid } from './invalid.ts';
import type { Dtype, Tensor, Tensors } from './safetensors.ts';

/** Takes tensors out of a decoded file by name, element type and shape, and notices what nobody took. */
export class TensorReader {
  readonly #tensors: Tensors;
  readonly #taken = new Set<string>();

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /**
   * `shape` has a number for a size that is known already, and undefined for one that this tensor decides.
   * @throws SommelierError `model-file-invalid` that names the tensor.
   */
  take<D extends Dtype>(
    name: string,
    dtype: D,
    shape: readonly (number | undefined)[],
  ): Extract<Tensor, { dtype: D }> {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw invalid(`tensor ${name} is missing`);
    this.#taken.add(name);
    if (tensor.dtype !== dtype) throw invalid(`tensor ${name} is ${tensor.dtype}; it must be ${dtype}`);
    const fits =
      tensor.shape.length === shape.length &&
      shape.every((size, axis) => size === undefined || size === tensor.shape[axis]);
    if (!fits) {
      const expected = shape.map((size) => size ?? 'any').join(', ');
      throw invalid(`tensor ${name} has shape [${tensor.shape.join(', ')}]; it must be [${expected}]`);
    }
    return tensor as Extract<Tensor, { dtype: D }>;
  }

  /**
   * To be called at the end: a tensor that this reader does not know may change what the others mean.
   * @throws SommelierError `model-file-invalid`
   */
  expectAllTaken(): void {
    for (const name of this.#tensors.keys()) {
      if (!this.#taken.has(name)) throw invalid(`tensor ${name} is unknown to this version`);
    }
  }
}

/** @throws SommelierError `model-file-invalid` that names the tensor and the element. */
export function checkFinite(name: string, data: Float32Array | Float64Array): void {
  let sum = 0;
  // x * 0 is 0 of either sign for a finite x, else NaN: no branch in the loop.
  for (let k = 0; k < data.length; k++) sum += data[k]! * 0;
  if (sum === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  throw invalid(`tensor ${name}: element ${at} is ${data[at]}; every number must be finite`);
}
