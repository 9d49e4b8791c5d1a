import { expect, test } from '@jest/globals';
import { modelFrom } from '../model-file/model.ts';
import { randomInteractions, randomModel, randomParameters } from '../model-file/testing/random-model.ts';
import { similarItems } from './similar-items.ts';

/** Embeddings on the plane: items 0 and 2 point the same way, 1 across, 3 the other way, 4 nowhere. */
const parameters = {
  ...randomParameters({ userCount: 2, itemCount: 5, factors: 2, layers: [] }),
  itemGmf: Float32Array.of(1, 0, 0, 3, 2, 0, -1, 0, 0, 0),
};
const interactions = randomInteractions(2, 5, 2);
const itemToItem = {
  offsets: Uint32Array.of(0, 2, 2, 2, 2, 2),
  items: Uint32Array.of(1, 3),
  weights: Float32Array.of(0.25, 0.5),
};

test('neighbours come first by weight, then the others by cosine, ties by index', () => {
  const model = modelFrom(interactions, parameters, { itemToItem });
  expect(similarItems(model, 0, 3)).toEqual([
    { itemIndex: 3, score: 0.5, source: 'item-to-item' },
    { itemIndex: 1, score: 0.25, source: 'item-to-item' },
    { itemIndex: 2, score: 1, source: 'embedding' },
  ]);
  expect(similarItems(model, 0, 1)).toEqual([{ itemIndex: 3, score: 0.5, source: 'item-to-item' }]);
  expect(similarItems(modelFrom(interactions, parameters), 0, 9)).toEqual([
    { itemIndex: 2, score: 1, source: 'embedding' },
    { itemIndex: 1, score: 0, source: 'embedding' },
    { itemIndex: 4, score: 0, source: 'embedding' },
    { itemIndex: 3, score: -1, source: 'embedding' },
  ]);
});

test('equals a full sort by cosine, without the item itself', () => {
  const model = randomModel({ userCount: 3, itemCount: 25, factors: 4, layers: [] });
  const row = (item: number) => [...model.parameters.itemGmf.subarray(item * 4, item * 4 + 4)];
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  const cosine = (item: number) =>
    dot(row(6), row(item)) / Math.sqrt(dot(row(6), row(6)) * dot(row(item), row(item)));
  const others = Array.from({ length: 25 }, (_, item) => item).filter((item) => item !== 6);
  const order = others.sort((a, b) => cosine(b) - cosine(a) || a - b);
  expect(similarItems(model, 6, 100).map(({ itemIndex }) => itemIndex)).toEqual(order);
});

test('lists eligible items only, neighbours and others', () => {
  const model = modelFrom(interactions, parameters, { itemToItem });
  // Items 0, 1, 2 and 4: the neighbour 3 is not among them.
  expect(similarItems(model, 0, 2, Uint8Array.of(0b1_0111))).toEqual([
    { itemIndex: 1, score: 0.25, source: 'item-to-item' },
    { itemIndex: 2, score: 1, source: 'embedding' },
  ]);
  expect(similarItems(model, 0, 9, Uint8Array.of(0b1001))).toEqual([
    { itemIndex: 3, score: 0.5, source: 'item-to-item' },
  ]);
  expect(similarItems(model, 0, 9, Uint8Array.of(0))).toEqual([]);
  expect(() => similarItems(model, 0, 1, new Uint8Array(2))).toThrow('5 items need 1');
});

test('refuses items that do not exist and lengths that are none', () => {
  const model = modelFrom(interactions, parameters);
  expect(() => similarItems(model, 5, 1)).toThrow('there is no item 5');
  expect(() => similarItems(model, 0, -1)).toThrow('n is -1');
  expect(similarItems(model, 0, 0)).toEqual([]);
});
