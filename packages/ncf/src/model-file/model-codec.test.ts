import { describe, expect, test } from '@jest/globals';
import { type IdTable, idTableFrom } from './id-table.ts';
import { componentsOf, type Model, modelFrom } from './model.ts';
import { decodeModelFile, encodeModelFile } from './model-codec.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import { randomInteractions, randomModel, randomParameters } from './testing/random-model.ts';

const shape = { userCount: 5, itemCount: 7, factors: 3, layers: [4, 3, 2] };
const model = randomModel(shape);
/** Item 0 is near 1 and 2, item 1 near 0. */
const withNeighbours: Model = {
  ...model,
  itemToItem: {
    offsets: Uint32Array.of(0, 2, 3, 3, 3, 3, 3, 3),
    items: Uint32Array.of(1, 2, 0),
    weights: Float32Array.of(0.5, 0.25, 1),
  },
};

/** The file with one tensor replaced, taken out (undefined), or added. */
function fileWith(name: string, tensor: Tensor | undefined, of: Model = model): Uint8Array {
  const tensors = decodeSafetensors(encodeModelFile(of));
  if (tensor === undefined) tensors.delete(name);
  else tensors.set(name, tensor);
  return encodeSafetensors(tensors);
}
const f32 = (shape: number[], value = 1): Tensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});
const u32 = (...data: number[]): Tensor => ({
  dtype: 'U32',
  shape: [data.length],
  data: Uint32Array.from(data),
});

function content(of: Model) {
  const ids = (table: IdTable) => Array.from({ length: table.count }, (_, index) => table.idAt(index));
  return { ...of, userIds: ids(of.userIds), itemIds: ids(of.itemIds) };
}

describe('model file', () => {
  test.each([[[4, 3, 2]], [[4]], [[]], [[64, 32, 16, 8]]])('layers %j survive', (layers) => {
    const one = randomModel({ ...shape, layers });
    expect(content(decodeModelFile(encodeModelFile(one)))).toEqual(content(one));
  });

  test('has exactly the tensors that docs/model-file.md names', () => {
    const tensors = decodeSafetensors(encodeModelFile(model));
    const shapes = Object.fromEntries([...tensors].map(([name, t]) => [name, `${t.dtype} ${t.shape}`]));
    expect(shapes).toEqual({
      user_gmf: 'F32 5,3',
      item_gmf: 'F32 7,3',
      user_mlp: 'F32 5,2',
      item_mlp: 'F32 7,2',
      'mlp.0.weight': 'F32 3,4',
      'mlp.0.bias': 'F32 3',
      'mlp.1.weight': 'F32 2,3',
      'mlp.1.bias': 'F32 2',
      'output.weight': 'F32 5',
      'output.bias': 'F32 1',
      'user_ids.offsets': 'U32 6',
      'user_ids.bytes': 'U8 40',
      'item_ids.offsets': 'U32 8',
      'item_ids.bytes': 'U8 56',
      'history.offsets': 'U32 6',
      'history.items': 'U32 15',
      'history.strengths': 'F32 15',
      item_popularity: 'U32 7',
    });
  });

  test('the item-to-item part survives, and its absence too', () => {
    const tensors = decodeSafetensors(encodeModelFile(withNeighbours));
    expect(tensors.get('item_to_item.offsets')).toMatchObject({ dtype: 'U32', shape: [8] });
    expect(tensors.get('item_to_item.items')).toMatchObject({ dtype: 'U32', shape: [3] });
    expect(tensors.get('item_to_item.weights')).toMatchObject({ dtype: 'F32', shape: [3] });
    const read = decodeModelFile(encodeModelFile(withNeighbours));
    expect(read.itemToItem).toEqual(withNeighbours.itemToItem);
    expect(componentsOf(read)).toEqual(['item_to_item']);
    expect(decodeModelFile(encodeModelFile(model)).itemToItem).toBeUndefined();
    expect(componentsOf(model)).toEqual([]);
  });

  test.each<[string, Tensor | undefined, string]>([
    ['offsets', undefined, 'tensor item_to_item.items is unknown'],
    ['items', undefined, 'tensor item_to_item.items is missing'],
    ['offsets', u32(0, 2, 3), 'tensor item_to_item.offsets has shape [3]; it must be [8]'],
    ['offsets', u32(0, 2, 1, 3, 3, 3, 3, 3), 'item_to_item.offsets falls or leaves the neighbours at item 1'],
    ['offsets', u32(0, 9, 3, 3, 3, 3, 3, 3), 'item_to_item.offsets falls or leaves the neighbours at item 0'],
    ['offsets', u32(0, 2, 3, 3, 3, 3, 3, 2), 'item_to_item.offsets must begin with 0 and end with the 3'],
    ['items', u32(1, 7, 0), 'item 0 has the neighbour 7 out of place'],
    ['items', u32(0, 2, 0), 'item 0 has the neighbour 0 out of place'],
    ['items', u32(2, 1, 0), 'item 0 has the neighbour 1 out of place'],
    ['items', u32(2, 2, 0), 'item 0 has the neighbour 2 out of place'],
    ['weights', f32([2]), 'item_to_item.weights has 2'],
    ['weights', f32([3], 0), 'neighbour 0 has the weight 0'],
    ['weights', f32([3], Number.NaN), 'neighbour 0 has the weight NaN'],
    ['weights', f32([3], Number.POSITIVE_INFINITY), 'neighbour 0 has the weight Infinity'],
  ])('refuses a file with other item_to_item.%s', (name, tensor, message) => {
    const file = fileWith(`item_to_item.${name}`, tensor, withNeighbours);
    expect(() => decodeModelFile(file)).toThrow(
      expect.objectContaining({ code: 'model-file-invalid', message: expect.stringContaining(message) }),
    );
  });

  test('popularity counts users', () => {
    const interactions = {
      ...randomInteractions(2, 3, 2),
      items: Uint32Array.of(2, 0, 2, 1),
    };
    const made = modelFrom(interactions, randomParameters({ ...shape, userCount: 2, itemCount: 3 }));
    expect([...made.itemPopularity]).toEqual([1, 1, 2]);
  });

  test('parameters of other users are refused', () => {
    expect(() => modelFrom(randomInteractions(4, 7, 3), model.parameters)).toThrow('5 users and 7 items');
  });

  test.each<[string, Tensor | undefined, string]>([
    ['user_gmf', undefined, 'tensor user_gmf is missing'],
    ['history.strengths', undefined, 'tensor history.strengths is missing'],
    ['mlp.1.weight', undefined, 'tensor output.weight has shape [5]; it must be [6]'],
    ['mlp.0.bias', undefined, 'tensor mlp.0.bias is missing'],
    ['user_bias', f32([5]), 'tensor user_bias is unknown'],
    ['user_gmf', u32(1, 2), 'tensor user_gmf is U32; it must be F32'],
    ['user_gmf', f32([0, 3]), 'tensor user_mlp has shape [5, 2]; it must be [0, any]'],
    ['item_gmf', f32([7, 2]), 'tensor item_gmf has shape [7, 2]; it must be [any, 3]'],
    ['item_gmf', f32([21]), 'tensor item_gmf has shape [21]'],
    ['item_mlp', f32([7, 3]), 'tensor item_mlp has shape [7, 3]; it must be [7, 2]'],
    ['mlp.0.weight', f32([3, 5]), 'tensor mlp.0.weight has shape [3, 5]; it must be [any, 4]'],
    ['output.bias', f32([2]), 'tensor output.bias'],
    ['item_gmf', f32([7, 3], Number.NaN), 'tensor item_gmf: element 0 is NaN'],
    ['mlp.1.bias', f32([2], Number.POSITIVE_INFINITY), 'tensor mlp.1.bias: element 0 is Infinity'],
    ['output.bias', f32([1], Number.NEGATIVE_INFINITY), 'tensor output.bias: element 0 is -Infinity'],
    ['user_ids.offsets', u32(0, 8, 16, 24, 32), 'tensor user_ids.offsets has shape [5]; it must be [6]'],
    ['user_ids.offsets', u32(0, 8, 8, 24, 32, 40), 'user_ids.offsets: id 1'],
    ['history.offsets', u32(0, 3, 2, 9, 12, 15), 'history.offsets falls or leaves the pairs at user 1'],
    ['history.offsets', u32(0, 3, 99, 9, 12, 15), 'history.offsets falls or leaves the pairs at user 1'],
    ['history.offsets', u32(0, 3, 6, 9, 12, 14), 'history.offsets must begin with 0 and end with the 15'],
    ['history.items', u32(...Array(15).fill(7)), 'history.items: pair 0 names item 7 of 7'],
    ['history.items', u32(...Array(15).fill(6)), 'history.items: user 0 has item 6 twice'],
    ['history.strengths', f32([14]), 'history.strengths has 14'],
    ['history.strengths', f32([15], 0), 'history.strengths: pair 0 has strength 0'],
    ['history.strengths', f32([15], Number.NaN), 'history.strengths: pair 0 has strength NaN'],
    ['item_popularity', u32(9, 9, 9, 9, 9, 9, 9), 'item_popularity: item 0 has 9'],
  ])('refuses a file with another %s', (name, tensor, message) => {
    expect(() => decodeModelFile(fileWith(name, tensor))).toThrow(
      expect.objectContaining({ code: 'model-file-invalid', message: expect.stringContaining(message) }),
    );
  });

  test('a model that could not be read again is not written', () => {
    const parameters = randomParameters(shape);
    parameters.userMlp[3] = Number.NaN;
    expect(() => encodeModelFile({ ...model, parameters })).toThrow('tensor user_mlp: element 3 is NaN');
    expect(() => encodeModelFile({ ...model, userIds: idTableFrom(['a']) })).toThrow('1 user ids');
    const itemIds = idTableFrom(['g', 'f', 'e', 'd', 'c', 'b', 'a']);
    expect(() => encodeModelFile({ ...model, itemIds })).toThrow('item_ids.bytes: id 1');
  });
});

describe('snapshot', () => {
  const interactions = randomInteractions(5, 7, 3);
  const trainedUntilMs = 1_442_545_187_788;

  test('survives', () => {
    const snapshot = decodeSnapshot(encodeSnapshot(interactions, { trainedUntilMs }));
    expect(snapshot).toEqual({ interactions, trainedUntilMs });
  });

  test('equal interactions give equal bytes, others others', () => {
    const bytes = encodeSnapshot(interactions, { trainedUntilMs });
    expect(encodeSnapshot(randomInteractions(5, 7, 3), { trainedUntilMs })).toEqual(bytes);
    expect(encodeSnapshot(interactions, { trainedUntilMs: trainedUntilMs + 1 })).not.toEqual(bytes);
  });

  test('is refused where it does not hold together', () => {
    const bad = { ...interactions, timestampsMs: interactions.timestampsMs.with(2, 0.5) };
    expect(() => encodeSnapshot(bad, { trainedUntilMs })).toThrow('pair 2 has the time 0.5');
    expect(() => encodeSnapshot(interactions, { trainedUntilMs: Number.NaN })).toThrow('trained_until_ms');
    const short = { ...interactions, timestampsMs: interactions.timestampsMs.slice(1) };
    expect(() => encodeSnapshot(short, { trainedUntilMs })).toThrow('history.timestamps_ms has 14');
    expect(() => decodeSnapshot(encodeModelFile(model))).toThrow('history.timestamps_ms is missing');
    const cut = encodeSnapshot(interactions, { trainedUntilMs }).slice(0, -1);
    expect(() => decodeSnapshot(cut)).toThrow('cut off');
  });
});
