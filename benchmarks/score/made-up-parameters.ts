import type { NeuMFParameters } from '@sommelier/ncf';
import type { ScoreCell } from './cells.ts';

/** Embeddings uniform in (-1, 1), layers Glorot-uniform, biases uniform in (-0.1, 0.1). */
export function madeUpParameters(
  { items, factors, layers }: ScoreCell,
  seed: number,
  userCount = 64,
): NeuMFParameters {
  let state = (seed + 1) >>> 0;
  // Numbers of a linear congruential generator, mixed: 192 million of them must not take a minute.
  const draw = (length: number, scale: number) => {
    const out = new Float32Array(length);
    for (let k = 0; k < length; k++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
      mixed ^= mixed >>> 12;
      out[k] = (mixed / 2 ** 31) * scale;
    }
    return out;
  };
  const glorot = (inputs: number, outputs: number) => Math.sqrt(6 / (inputs + outputs));
  const width = layers[0]! / 2;
  return {
    shape: { userCount, itemCount: items, factors, layers },
    userGmf: draw(userCount * factors, 1),
    itemGmf: draw(items * factors, 1),
    userMlp: draw(userCount * width, 1),
    itemMlp: draw(items * width, 1),
    mlp: layers.slice(1).map((outputs, index) => ({
      weight: draw(outputs * layers[index]!, glorot(layers[index]!, outputs)),
      bias: draw(outputs, 0.1),
    })),
    outputWeight: draw(factors + layers.at(-1)!, glorot(factors + layers.at(-1)!, 1)),
    outputBias: draw(1, 0.1),
  };
}
