import { describe, expect, test } from '@jest/globals';
import { propertiesOf } from './property-values.ts';

describe('a value of a further column', () => {
  test.each([
    ['red', 'red'],
    ['12', 12],
    ['-0.50', -0.5],
    ['true', true],
    ['false', false],
    ['True', 'True'],
    ['007', '007'],
    ['1e5', '1e5'],
    ['+1', '+1'],
    ['.5', '.5'],
    ['1.', '1.'],
    ['NaN', 'NaN'],
    ['123456789012345', 123456789012345],
    ['9007199254740993', '9007199254740993'],
  ])('%j is %p', (text, value) => {
    expect(propertiesOf(['a'], [text])).toEqual({ a: value });
  });

  test('is none when it is empty', () => {
    expect(propertiesOf(['a', 'b', 'c'], ['', '1'])).toEqual({ b: 1 });
  });
});
