import type { NeuMFParameters, NeuMFShape } from '../../engine/neumf-parameters.ts';
import { mlpEmbeddingWidth, mlpOutputWidth } from '../../engine/neumf-parameters.ts';
import type { Interactions } from '../../preparation/interactions.ts';
import { type Model, modelFrom } from '../model.ts';

/** Seeded uniform numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Parameters drawn uniformly from (-1, 1). */
export function randomParameters(shape: NeuMFShape, seed = 1): NeuMFParameters {
  const random = randomNumbers(seed);
  const draw = (length: number) => Float32Array.from({ length }, () => random() * 2 - 1);
  const { userCount, itemCount, factors, layers } = shape;
  const width = mlpEmbeddingWidth(shape);
  return {
    shape,
    userGmf: draw(userCount * factors),
    itemGmf: draw(itemCount * factors),
    userMlp: draw(userCount * width),
    itemMlp: draw(itemCount * width),
    mlp: layers.slice(1).map((units, index) => ({
      weight: draw(units * (layers[index] ?? 0)),
      bias: draw(units),
    })),
    outputWeight: draw(factors + mlpOutputWidth(shape)),
    outputBias: draw(1),
  };
}

/** Users with `perUser` distinct items each; ids are zero-padded numbers, so that their order is that of the index. */
export function randomInteractions(
  userCount: number,
  itemCount: number,
  perUser: number,
  seed = 2,
): Interactions {
  const random = randomNumbers(seed);
  const pairs = userCount * perUser;
  const interactions = {
    userIds: Array.from({ length: userCount }, (_, index) => `u${String(index).padStart(7, '0')}`),
    itemIds: Array.from({ length: itemCount }, (_, index) => `i${String(index).padStart(7, '0')}`),
    offsets: Uint32Array.from({ length: userCount + 1 }, (_, index) => index * perUser),
    items: new Uint32Array(pairs),
    strengths: Float32Array.from({ length: pairs }, () => 1 + Math.floor(random() * 3)),
    timestampsMs: Float64Array.from({ length: pairs }, (_, pair) => 1_433_221_332_117 + pair),
  };
  for (let user = 0; user < userCount; user++) {
    const row = new Set<number>();
    while (row.size < perUser) row.add(Math.floor(random() * itemCount));
    interactions.items.set([...row], user * perUser);
  }
  return interactions;
}

export function randomModel(shape: NeuMFShape, perUser = 3, seed = 1): Model {
  const interactions = randomInteractions(shape.userCount, shape.itemCount, perUser, seed + 1);
  return modelFrom(interactions, randomParameters(shape, seed));
}
