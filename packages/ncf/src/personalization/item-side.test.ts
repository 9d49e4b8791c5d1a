import { expect, test } from '@jest/globals';
import { randomParameters } from '../model-file/testing/random-model.ts';
import { GmfItems } from './item-side.ts';

test.each([1, 2, 5, 8])('the Gram matrix of %d factors is the sum of all outer products', (factors) => {
  for (const itemCount of [1, 4, 7]) {
    const parameters = randomParameters({ userCount: 1, itemCount, factors, layers: [] });
    const y = (item: number, f: number) =>
      parameters.outputWeight[f]! * parameters.itemGmf[item * factors + f]!;
    const gram = new GmfItems(parameters).gram();
    for (let row = 0; row < factors; row++) {
      for (let column = 0; column < factors; column++) {
        let sum = 0;
        for (let item = 0; item < itemCount; item++) sum += y(item, row) * y(item, column);
        expect(gram[row * factors + column]).toBeCloseTo(sum, 12);
      }
    }
  }
});
