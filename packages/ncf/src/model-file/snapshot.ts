import { MAX_TIMESTAMP_MS } from '@sommelier/contracts';
import type { Interactions } from '../preparation/interactions.ts';
import { checkHistory } from './history.ts';
import { checkIdTable, type IdTable, idTableFrom } from './id-table.ts';
import { invalid } from './invalid.ts';
import { idTensors, takeIds } from './model-codec.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.ts';
import { TensorReader } from './tensor-reader.ts';

/** The prepared columns of a run, which later attempts read in place of a database that has grown meanwhile. */
export interface Snapshot {
  readonly interactions: Interactions;
  /** Time of the newest event that was read (Unix ms). */
  readonly trainedUntilMs: number;
}

/**
 * Writes prepared interactions as safetensors. Equal interactions give equal bytes.
 * @throws SommelierError `model-file-invalid` when they could not be read again.
 */
export function encodeSnapshot(interactions: Interactions, extra: { trainedUntilMs: number }): Uint8Array {
  const { offsets, items, strengths, timestampsMs } = interactions;
  const userIds = idTableFrom(interactions.userIds);
  const itemIds = idTableFrom(interactions.itemIds);
  checkSnapshot(userIds, itemIds, interactions, extra.trainedUntilMs);
  const tensors: [string, Tensor][] = [
    ...idTensors('user_ids', userIds),
    ...idTensors('item_ids', itemIds),
    ['history.offsets', { dtype: 'U32', shape: [offsets.length], data: offsets }],
    ['history.items', { dtype: 'U32', shape: [items.length], data: items }],
    ['history.strengths', { dtype: 'F32', shape: [strengths.length], data: strengths }],
    ['history.timestamps_ms', { dtype: 'F64', shape: [timestampsMs.length], data: timestampsMs }],
    ['trained_until_ms', { dtype: 'F64', shape: [1], data: Float64Array.of(extra.trainedUntilMs) }],
  ];
  return encodeSafetensors(new Map(tensors));
}

/**
 * Reads and checks a snapshot. Its arrays are views of `bytes`.
 * @throws SommelierError `model-file-invalid` that names the tensor.
 */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const reader = new TensorReader(decodeSafetensors(bytes));
  const userIds = takeIds(reader, 'user_ids');
  const itemIds = takeIds(reader, 'item_ids');
  const columns = {
    offsets: reader.take('history.offsets', 'U32', [undefined]).data,
    items: reader.take('history.items', 'U32', [undefined]).data,
    strengths: reader.take('history.strengths', 'F32', [undefined]).data,
    timestampsMs: reader.take('history.timestamps_ms', 'F64', [undefined]).data,
  };
  const trainedUntilMs = reader.take('trained_until_ms', 'F64', [1]).data[0] ?? Number.NaN;
  reader.expectAllTaken();
  checkSnapshot(userIds, itemIds, columns, trainedUntilMs);
  return { interactions: { userIds: allIds(userIds), itemIds: allIds(itemIds), ...columns }, trainedUntilMs };
}

type Columns = Omit<Interactions, 'userIds' | 'itemIds'>;

function checkSnapshot(userIds: IdTable, itemIds: IdTable, columns: Columns, trainedUntilMs: number): void {
  checkIdTable('user_ids', userIds);
  checkIdTable('item_ids', itemIds);
  checkHistory(columns, userIds.count, itemIds.count);
  const { items, timestampsMs } = columns;
  if (timestampsMs.length !== items.length) {
    throw invalid(`history.timestamps_ms has ${timestampsMs.length} elements, history.items ${items.length}`);
  }
  const wrong = timestampsMs.findIndex((time) => !isTimestamp(time));
  if (wrong !== -1) throw invalid(`history.timestamps_ms: pair ${wrong} has the time ${timestampsMs[wrong]}`);
  if (!isTimestamp(trainedUntilMs)) throw invalid(`trained_until_ms is ${trainedUntilMs}, not a time`);
}

function isTimestamp(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_TIMESTAMP_MS;
}

function allIds(table: IdTable): string[] {
  return Array.from({ length: table.count }, (_, index) => table.idAt(index));
}
