import { mlpEmbeddingWidth } from '../engine/neumf-parameters.ts';
import { buildItemToItem } from '../item-to-item/build-item-to-item.ts';
import { countItemPopularity, type History } from './history.ts';
import { IdTable } from './id-table.ts';
import type { Model } from './model.ts';

/**
 * A model without some of its users: their rows, ids and histories are gone, popularity is counted and the item-to-item
 * weights are learned anew from the histories that are left. Everybody else's row, and all that was learned of the items,
 * is as it was, so that the others' scores have the same bits.
 * @param isRemoved whether the user with this index goes
 * @returns undefined when nobody is left
 */
export function removeUsers(model: Model, isRemoved: (userIndex: number) => boolean): Model | undefined {
  const { parameters, userIds, history, itemPopularity } = model;
  const { shape } = parameters;
  const kept = Uint32Array.from(
    Array.from({ length: shape.userCount }, (_, user) => user).filter((user) => !isRemoved(user)),
  );
  if (kept.length === 0) return undefined;
  const left = historyOf(history, kept);
  const { offsets, items } = left;
  const itemCount = itemPopularity.length;
  return {
    ...model,
    parameters: {
      ...parameters,
      shape: { ...shape, userCount: kept.length },
      userGmf: rowsOf(parameters.userGmf, shape.factors, kept),
      userMlp: rowsOf(parameters.userMlp, mlpEmbeddingWidth(shape), kept),
    },
    userIds: idsOf(userIds, kept),
    history: left,
    itemPopularity: countItemPopularity(items, itemCount),
    itemToItem: model.itemToItem && buildItemToItem({ offsets, items, itemCount }),
  };
}

function rowsOf(table: Float32Array, width: number, kept: Uint32Array): Float32Array {
  const rows = new Float32Array(kept.length * width);
  for (const [place, row] of kept.entries()) {
    rows.set(table.subarray(row * width, (row + 1) * width), place * width);
  }
  return rows;
}

function idsOf({ offsets, bytes }: IdTable, kept: Uint32Array): IdTable {
  const keptOffsets = offsetsOf(offsets, kept);
  const keptBytes = new Uint8Array(keptOffsets[kept.length]!);
  for (const [place, id] of kept.entries()) {
    keptBytes.set(bytes.subarray(offsets[id]!, offsets[id + 1]!), keptOffsets[place]!);
  }
  return new IdTable(keptOffsets, keptBytes);
}

function historyOf({ offsets, items, strengths }: History, kept: Uint32Array): History {
  const keptOffsets = offsetsOf(offsets, kept);
  const keptItems = new Uint32Array(keptOffsets[kept.length]!);
  const keptStrengths = new Float32Array(keptItems.length);
  for (const [place, user] of kept.entries()) {
    const [begin, end] = [offsets[user]!, offsets[user + 1]!];
    keptItems.set(items.subarray(begin, end), keptOffsets[place]!);
    keptStrengths.set(strengths.subarray(begin, end), keptOffsets[place]!);
  }
  return { offsets: keptOffsets, items: keptItems, strengths: keptStrengths };
}

/** Where the kept rows of a table of rows of different lengths begin when nothing is between them. */
function offsetsOf(offsets: Uint32Array, kept: Uint32Array): Uint32Array {
  const result = new Uint32Array(kept.length + 1);
  for (const [place, row] of kept.entries()) {
    result[place + 1] = result[place]! + offsets[row + 1]! - offsets[row]!;
  }
  return result;
}
