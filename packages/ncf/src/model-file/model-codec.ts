import {
  type DenseLayer,
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
} from '../engine/neumf-parameters.ts';
import { checkItemToItem, ITEM_TO_ITEM_COMPONENT, type ItemToItem } from '../item-to-item/item-to-item.ts';
import { checkHistory, countItemPopularity } from './history.ts';
import { checkIdTable, IdTable } from './id-table.ts';
import { invalid } from './invalid.ts';
import type { Model } from './model.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.ts';
import { checkFinite, TensorReader } from './tensor-reader.ts';

/** Name of the weights' file inside a version's folder. */
export const MODEL_FILE_NAME = 'model.safetensors';

const MAX_FACTORS = 512;
const MAX_LAYERS = 8;
const MAX_WIDTH = 1_024;

/**
 * Writes a model as the bytes of `model.safetensors`; docs/model-file.md describes them. Equal models give equal bytes.
 * @throws SommelierError `model-file-invalid` when the model is not one that could be read again.
 */
export function encodeModelFile(model: Model): Uint8Array {
  const file = encodeSafetensors(tensorsOf(model));
  checkModel(model);
  return file;
}

/**
 * Reads and checks a model file. The model's arrays are views of `bytes`, which must stay as they are.
 * @throws SommelierError `model-file-invalid` that names the tensor: a wrong shape, a number that is not finite, ids
 * that are not valid or not in order, a history of items that do not exist.
 */
export function decodeModelFile(bytes: Uint8Array): Model {
  const model = viewModelFile(bytes);
  checkModel(model);
  return model;
}

/**
 * A model file as views of `bytes`, its header and shapes checked alone: for a file that was verified before, in time
 * that does not depend on its size.
 * @throws SommelierError `model-file-invalid`
 */
export function viewModelFile(bytes: Uint8Array): Model {
  const reader = new TensorReader(decodeSafetensors(bytes));
  const parameters = takeParameters(reader);
  const { userCount, itemCount } = parameters.shape;
  const model: Model = {
    parameters,
    userIds: takeIds(reader, 'user_ids', userCount),
    itemIds: takeIds(reader, 'item_ids', itemCount),
    history: {
      offsets: reader.take('history.offsets', 'U32', [userCount + 1]).data,
      items: reader.take('history.items', 'U32', [undefined]).data,
      strengths: reader.take('history.strengths', 'F32', [undefined]).data,
    },
    itemPopularity: reader.take('item_popularity', 'U32', [itemCount]).data,
    itemToItem: takeItemToItem(reader, itemCount),
  };
  reader.expectAllTaken();
  return model;
}

/**
 * The ids of a model file's items by index, a view of `bytes`, read without checking the rest: of a file that was
 * verified.
 * @throws SommelierError `model-file-invalid`
 */
export function readItemIds(bytes: Uint8Array): IdTable {
  return takeIds(new TensorReader(decodeSafetensors(bytes)), 'item_ids');
}

/** The two tensors of a table of ids. */
export function idTensors(name: string, ids: IdTable): [string, Tensor][] {
  return [
    [`${name}.offsets`, { dtype: 'U32', shape: [ids.offsets.length], data: ids.offsets }],
    [`${name}.bytes`, { dtype: 'U8', shape: [ids.bytes.length], data: ids.bytes }],
  ];
}

/** The table of ids under a name; its content is not checked yet. `count` undefined = as many as there are. */
export function takeIds(reader: TensorReader, name: string, count?: number): IdTable {
  return new IdTable(
    reader.take(`${name}.offsets`, 'U32', [count === undefined ? undefined : count + 1]).data,
    reader.take(`${name}.bytes`, 'U8', [undefined]).data,
  );
}

function tensorsOf(model: Model): Map<string, Tensor> {
  const { parameters: p, history } = model;
  const { userCount, itemCount, factors, layers } = p.shape;
  const mlpWidth = mlpEmbeddingWidth(p.shape);
  const f32 = (data: Float32Array, ...shape: number[]): Tensor => ({ dtype: 'F32', shape, data });
  const u32 = (data: Uint32Array): Tensor => ({ dtype: 'U32', shape: [data.length], data });
  return new Map([
    ['user_gmf', f32(p.userGmf, userCount, factors)],
    ['item_gmf', f32(p.itemGmf, itemCount, factors)],
    ['user_mlp', f32(p.userMlp, userCount, mlpWidth)],
    ['item_mlp', f32(p.itemMlp, itemCount, mlpWidth)],
    ...p.mlp.flatMap(({ weight, bias }, index): [string, Tensor][] => [
      [`mlp.${index}.weight`, f32(weight, layers[index + 1] ?? 0, layers[index] ?? 0)],
      [`mlp.${index}.bias`, f32(bias, layers[index + 1] ?? 0)],
    ]),
    ['output.weight', f32(p.outputWeight, factors + mlpOutputWidth(p.shape))],
    ['output.bias', f32(p.outputBias, 1)],
    ...idTensors('user_ids', model.userIds),
    ...idTensors('item_ids', model.itemIds),
    ['history.offsets', u32(history.offsets)],
    ['history.items', u32(history.items)],
    ['history.strengths', f32(history.strengths, history.strengths.length)],
    ['item_popularity', u32(model.itemPopularity)],
    ...itemToItemTensors(model.itemToItem),
  ]);
}

function itemToItemTensors(itemToItem: ItemToItem | undefined): [string, Tensor][] {
  if (itemToItem === undefined) return [];
  const { offsets, items, weights } = itemToItem;
  return [
    [`${ITEM_TO_ITEM_COMPONENT}.offsets`, { dtype: 'U32', shape: [offsets.length], data: offsets }],
    [`${ITEM_TO_ITEM_COMPONENT}.items`, { dtype: 'U32', shape: [items.length], data: items }],
    [`${ITEM_TO_ITEM_COMPONENT}.weights`, { dtype: 'F32', shape: [weights.length], data: weights }],
  ];
}

function takeItemToItem(reader: TensorReader, itemCount: number): ItemToItem | undefined {
  if (!reader.has(`${ITEM_TO_ITEM_COMPONENT}.offsets`)) return undefined;
  return {
    offsets: reader.take(`${ITEM_TO_ITEM_COMPONENT}.offsets`, 'U32', [itemCount + 1]).data,
    items: reader.take(`${ITEM_TO_ITEM_COMPONENT}.items`, 'U32', [undefined]).data,
    weights: reader.take(`${ITEM_TO_ITEM_COMPONENT}.weights`, 'F32', [undefined]).data,
  };
}

function takeParameters(reader: TensorReader): NeuMFParameters {
  const userGmf = reader.take('user_gmf', 'F32', [undefined, undefined]);
  const [userCount = 0, factors = 0] = userGmf.shape;
  const itemGmf = reader.take('item_gmf', 'F32', [undefined, factors]);
  const [itemCount = 0] = itemGmf.shape;
  const userMlp = reader.take('user_mlp', 'F32', [userCount, undefined]);
  const mlpWidth = userMlp.shape[1] ?? 0;
  const itemMlp = reader.take('item_mlp', 'F32', [itemCount, mlpWidth]);
  checkSize('user_gmf', 'users', userCount, 1, 2 ** 32 - 1);
  checkSize('item_gmf', 'items', itemCount, 1, 2 ** 32 - 1);
  checkSize('user_gmf', 'factors', factors, 1, MAX_FACTORS);
  checkSize('user_mlp', 'columns', mlpWidth, 0, MAX_WIDTH / 2);

  const layers = mlpWidth === 0 ? [] : [2 * mlpWidth];
  const mlp: DenseLayer[] = [];
  while (layers.length > 0 && reader.has(`mlp.${mlp.length}.weight`)) {
    const name = `mlp.${mlp.length}.weight`;
    const weight = reader.take(name, 'F32', [undefined, layers.at(-1)]);
    const width = weight.shape[0] ?? 0;
    checkSize(name, 'rows', width, 1, MAX_WIDTH);
    const bias = reader.take(`mlp.${mlp.length}.bias`, 'F32', [width]);
    mlp.push({ weight: weight.data, bias: bias.data });
    layers.push(width);
  }
  if (layers.length > MAX_LAYERS)
    throw invalid(`the network has ${layers.length} layers; at most ${MAX_LAYERS} are read`);
  const shape = { userCount, itemCount, factors, layers };
  return {
    shape,
    userGmf: userGmf.data,
    itemGmf: itemGmf.data,
    userMlp: userMlp.data,
    itemMlp: itemMlp.data,
    mlp,
    outputWeight: reader.take('output.weight', 'F32', [factors + mlpOutputWidth(shape)]).data,
    outputBias: reader.take('output.bias', 'F32', [1]).data,
  };
}

function checkSize(name: string, what: string, size: number, min: number, max: number): void {
  if (size < min || size > max) {
    throw invalid(`tensor ${name} has ${size} ${what}; it must have ${min} to ${max}`);
  }
}

function checkModel(model: Model): void {
  const { parameters, history, itemPopularity } = model;
  checkFinite('user_gmf', parameters.userGmf);
  checkFinite('item_gmf', parameters.itemGmf);
  checkFinite('user_mlp', parameters.userMlp);
  checkFinite('item_mlp', parameters.itemMlp);
  for (const [index, { weight, bias }] of parameters.mlp.entries()) {
    checkFinite(`mlp.${index}.weight`, weight);
    checkFinite(`mlp.${index}.bias`, bias);
  }
  checkFinite('output.weight', parameters.outputWeight);
  checkFinite('output.bias', parameters.outputBias);
  const { userCount, itemCount, layers } = parameters.shape;
  if (parameters.mlp.length !== Math.max(0, layers.length - 1)) {
    throw invalid(`layers [${layers}] need ${layers.length - 1} dense layers, not ${parameters.mlp.length}`);
  }
  if (model.userIds.count !== userCount || model.itemIds.count !== itemCount) {
    throw invalid(
      `there are ${model.userIds.count} user ids and ${model.itemIds.count} item ids for ` +
        `${userCount} users and ${itemCount} items`,
    );
  }
  checkIdTable('user_ids', model.userIds);
  checkIdTable('item_ids', model.itemIds);
  checkHistory(history, userCount, itemCount);
  if (model.itemToItem !== undefined) checkItemToItem(model.itemToItem, itemCount);
  const counted = countItemPopularity(history.items, itemCount);
  const wrong = counted.findIndex((count, item) => count !== itemPopularity[item]);
  if (wrong !== -1) {
    throw invalid(
      `item_popularity: item ${wrong} has ${itemPopularity[wrong]}, but ${counted[wrong]} users in the history`,
    );
  }
}
