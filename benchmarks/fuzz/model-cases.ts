import type { Manifest } from '@sommelier/contracts';
import {
  componentsOf,
  describeModelFile,
  encodeModelFile,
  type Interactions,
  makeProbes,
  modelFrom,
} from '@sommelier/ncf';
import { buildItemToItem } from '@sommelier/ncf/training';
import { madeUpParameters } from '../score/made-up-parameters.ts';
import { describeModel } from '../serve/made-up-model.ts';
import { interactionsOf } from '../serve/shop.ts';
import { DAMAGES, type Damage, damaged } from './damage.ts';
import { hostileText } from './hostile-text.ts';
import type { Random } from './random.ts';

const VERSION = '20260101T000000Z-000000000001';
const SHAPE = { items: 60, factors: 4, layers: [8, 4] };
const USERS = 40;

/** A model as it is stored: the file, its manifest as bytes, and the manifest that the row of the database has. */
export interface StoredModel {
  readonly file: Uint8Array;
  readonly manifest: Uint8Array;
  readonly row: Manifest;
}

/** How a stored model was damaged. */
export interface ModelCase extends StoredModel {
  /** `file`: its bytes alone. `file-rehashed`: its manifest and row were made for the damaged bytes. */
  readonly kind: `${'file' | 'file-rehashed' | 'manifest' | 'manifest-and-row'}: ${Damage | 'value'}`;
}

/** A small real model with all that a file may have, 40 users and 60 items. */
export function soundModel(seed: number): StoredModel {
  const interactions: Interactions = interactionsOf({ userCount: USERS, itemCount: SHAPE.items, seed });
  const { offsets, items } = interactions;
  const model = modelFrom(interactions, madeUpParameters(SHAPE, seed, USERS), {
    itemToItem: buildItemToItem({ offsets, items, itemCount: SHAPE.items }),
  });
  const { manifest } = describeModel(model, VERSION);
  const file = encodeModelFile(model);
  const row = {
    ...manifest,
    components: componentsOf(model),
    file: describeModelFile(file),
    probes: makeProbes(model),
  };
  return { file, manifest: textOf(row), row };
}

/** One damaged model; half of those whose file is damaged have a manifest and a row that were made for it. */
export function damagedModel(sound: StoredModel, random: Random): ModelCase {
  const damage = random.pick(DAMAGES);
  if (random.chance(0.8)) {
    const file = damaged(sound.file, damage, random);
    if (random.chance(0.5)) return { ...sound, file, kind: `file: ${damage}` };
    const row = { ...sound.row, file: describeModelFile(file) };
    return { file, manifest: textOf(row), row, kind: `file-rehashed: ${damage}` };
  }
  const [manifest, how] = random.chance(0.5)
    ? [damaged(sound.manifest, damage, random), damage]
    : [textOf(withOddValue(sound.row, random) as Manifest), 'value' as const];
  const row = random.chance(0.5) ? rowOf(manifest) : undefined;
  if (row === undefined) return { ...sound, manifest, kind: `manifest: ${how}` };
  return { ...sound, manifest, row, kind: `manifest-and-row: ${how}` };
}

/** The same with another value somewhere, or without one. */
function withOddValue(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return oddValue(value, random);
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  if (keys.length === 0) return oddValue(value, random);
  const key = random.pick(keys);
  if (random.chance(0.1)) delete copy[key];
  else copy[key] = withOddValue(copy[key], random);
  return copy;
}

function oddValue(value: unknown, random: Random): unknown {
  if (typeof value === 'number' && random.chance(0.7)) {
    return random.pick([0, -1, value + 1, value - 1, 2 * value, 0.5, 1e6, 2 ** 31, 2 ** 53, 1e308]);
  }
  return random.pick([null, true, '', hostileText(random), [], {}, [value, value]]);
}

/** What a row would have that was written with these bytes; undefined when they are not JSON. */
function rowOf(manifest: Uint8Array): Manifest | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(manifest)) as Manifest;
  } catch {
    return undefined;
  }
}

function textOf(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(manifest));
}
