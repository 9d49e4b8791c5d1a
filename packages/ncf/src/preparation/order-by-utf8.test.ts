import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { orderByUtf8 } from './order-by-utf8.ts';

function sorted(ids: readonly string[]): string[] {
  return Array.from(orderByUtf8(ids, Uint32Array.from(ids.keys())), (number) => ids[number]!);
}

function sortedByBytes(ids: readonly string[]): string[] {
  return [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

describe('orderByUtf8', () => {
  test.each([
    ['nothing', []],
    ['one id', ['a']],
    ['ids that begin with one another', ['ab', 'a', 'abcdefghi', 'abcdefgh', 'abcdefghij']],
    [
      'a common beginning that is longer than a key',
      ['a-long-beginning-2', 'a-long-beginning-10', 'a-long-b'],
    ],
    [
      'characters above the largest of a key',
      ['zz\u00fez', 'zz\u00ffa', 'zz\u00fea', 'zz\u0100', 'zz\u00fd'],
    ],
    [
      'surrogates, which are above what UTF-16 puts after them',
      ['x\u{10000}', 'x\uffff', 'x\ue000', 'x\ud7ff'],
    ],
    ['a common beginning that ends inside a pair of surrogates', ['\u{1f601}', '\u{1f600}b', '\u{1f600}a']],
  ])('orders %s', (_, ids) => {
    expect(sorted(ids)).toEqual(sortedByBytes(ids));
    expect(sorted([...ids].reverse())).toEqual(sortedByBytes(ids));
  });

  test('agrees with the bytes of UTF-8 for any ids', () => {
    const character = fc.oneof(
      fc.constantFrom('0', '1', '\u00fd', '\u00fe', '\uffff'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const id = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.constantFrom('', 'user-00'), (tails, prefix) => {
        const ids = tails.map((tail) => prefix + tail);
        expect(sorted(ids)).toEqual(sortedByBytes(ids));
      }),
    );
  });

  test('orders only the numbers that it is given', () => {
    expect([...orderByUtf8(['d', 'b', 'c', 'a'], Uint32Array.of(0, 1, 3))]).toEqual([3, 1, 0]);
  });
});
