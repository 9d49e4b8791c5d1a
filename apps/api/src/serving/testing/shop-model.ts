import { type Manifest, runConfigSchema } from '@sommelier/contracts';
import {
  createScanMemory,
  describeModelFile,
  encodeModelFile,
  hash32,
  type Model,
  makeProbes,
  modelFrom,
} from '@sommelier/ncf';
import type { FetchedModel } from '../scoring/scoring-protocol.ts';

const USERS = 12;
const ITEMS = 203;
const FACTORS = 6;
const LAYERS = [8, 6, 4];

/** Numbers in [-1, 1) that depend on seed and place alone. */
function numbers(seed: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => hash32(seed, at, 0) / 2 ** 31 - 1);
}

/** A small model that nobody trained, with item-to-item weights. */
export function shopModel(): Model {
  const width = LAYERS[0]! / 2;
  const parameters = {
    shape: { userCount: USERS, itemCount: ITEMS, factors: FACTORS, layers: LAYERS },
    userGmf: numbers(1, USERS * FACTORS),
    itemGmf: numbers(2, ITEMS * FACTORS),
    userMlp: numbers(3, USERS * width),
    itemMlp: numbers(4, ITEMS * width),
    mlp: LAYERS.slice(1).map((out, layer) => ({
      weight: numbers(5 + layer, out * LAYERS[layer]!),
      bias: numbers(9 + layer, out),
    })),
    outputWeight: numbers(20, FACTORS + LAYERS.at(-1)!),
    outputBias: numbers(21, 1),
  };
  const ids = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${String(index).padStart(3, '0')}`);
  // User u has seen u, u + 1, ... u + 4; every item is near the one behind it.
  const interactions = {
    userIds: ids('u', USERS),
    itemIds: ids('i', ITEMS),
    offsets: Uint32Array.from({ length: USERS + 1 }, (_, user) => 5 * user),
    items: Uint32Array.from({ length: 5 * USERS }, (_, pair) => Math.floor(pair / 5) + (pair % 5)),
    strengths: new Float32Array(5 * USERS).fill(1),
    timestampsMs: new Float64Array(5 * USERS),
  };
  const itemToItem = {
    offsets: Uint32Array.from({ length: ITEMS + 1 }, (_, item) => Math.min(item, ITEMS - 1)),
    items: Uint32Array.from({ length: ITEMS - 1 }, (_, item) => item + 1),
    weights: new Float32Array(ITEMS - 1).fill(0.5),
  };
  return modelFrom(interactions, parameters, { itemToItem });
}

/** The model as it comes from the artifact store. */
export function fetchedModel(model: Model, slots = 1, usersAtOnce = 4): FetchedModel {
  const file = encodeModelFile(model);
  const bytes = new SharedArrayBuffer(file.length);
  new Uint8Array(bytes).set(file);
  const { shape } = model.parameters;
  const manifest = {
    file: describeModelFile(file),
    components: ['item_to_item'],
    counts: { users: shape.userCount, items: shape.itemCount, interactions: model.history.items.length },
    config: runConfigSchema.parse({ model: { factors: shape.factors, layers: shape.layers } }),
    metrics: { pretraining: null },
    probes: makeProbes(model),
  } as Partial<Manifest> as Manifest;
  return { bytes, manifest, memory: createScanMemory(shape, { slots, usersAtOnce }) };
}
