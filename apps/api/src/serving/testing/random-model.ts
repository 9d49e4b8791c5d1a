import { type Model, modelFrom, type NeuMFShape, uniform } from '@sommelier/ncf';

const ITEMS_A_USER = 3;
/** Streams of the counter-based randomness; each array of parameters has one more. */
const [HISTORY, PARAMETERS] = [1, 2];

/** Ids as their indices: `u0000000`, `i0000000` and so on, in the order of their bytes. */
export function idOf(letter: 'u' | 'i', index: number): string {
  return `${letter}${String(index).padStart(7, '0')}`;
}

/** A model that nobody trained: weights from (-1, 1) and three items a user, the same for the same seed. */
export function randomModel(shape: NeuMFShape, seed: number): Model {
  const { userCount, itemCount, factors, layers } = shape;
  let stream = PARAMETERS;
  const draw = (length: number) => {
    const of = stream++;
    return Float32Array.from({ length }, (_, k) => 2 * uniform(seed, of, k) - 1);
  };
  const width = (layers[0] ?? 0) / 2;
  const parameters = {
    shape,
    userGmf: draw(userCount * factors),
    itemGmf: draw(itemCount * factors),
    userMlp: draw(userCount * width),
    itemMlp: draw(itemCount * width),
    mlp: layers.slice(1).map((units, k) => ({ weight: draw(units * layers[k]!), bias: draw(units) })),
    outputWeight: draw(factors + (layers.at(-1) ?? 0)),
    outputBias: draw(1),
  };
  return modelFrom({ ...historyOf(shape, seed), ...idsOf(shape) }, parameters);
}

function idsOf({ userCount, itemCount }: NeuMFShape) {
  return {
    userIds: Array.from({ length: userCount }, (_, index) => idOf('u', index)),
    itemIds: Array.from({ length: itemCount }, (_, index) => idOf('i', index)),
  };
}

function historyOf({ userCount, itemCount }: NeuMFShape, seed: number) {
  const pairs = Array.from({ length: userCount }, (_, user) => {
    const items = new Set<number>();
    for (let k = 0; items.size < ITEMS_A_USER; k++) {
      items.add(Math.floor(uniform(seed, HISTORY, user, k) * itemCount));
    }
    return [...items];
  }).flat();
  return {
    offsets: Uint32Array.from({ length: userCount + 1 }, (_, user) => user * ITEMS_A_USER),
    items: Uint32Array.from(pairs),
    strengths: new Float32Array(pairs.length).fill(1),
    timestampsMs: Float64Array.from(pairs.keys()),
  };
}
