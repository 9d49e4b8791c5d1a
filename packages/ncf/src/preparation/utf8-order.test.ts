import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareUtf8 } from './utf8-order.ts';

const ids = fc.uniqueArray(fc.string({ unit: 'binary' }));

describe('the order of ids', () => {
  test('puts astral characters after U+E000 to U+FFFF, unlike the order of UTF-16', () => {
    const ascending = [
      '',
      '10',
      '9',
      'Z',
      'a',
      '\u00e9',
      '\ud7ff',
      '\ue000',
      '\uf8ff',
      '\uff61',
      '\uffff',
      '\u{10000}',
      '\u{1f600}',
      '\u{1f600}a',
      '\u{1f601}',
    ];
    expect([...ascending].reverse().sort(compareUtf8)).toEqual(ascending);
    expect([...ascending].sort()).not.toEqual(ascending);
  });

  test('is that of the bytes of UTF-8', () => {
    fc.assert(
      fc.property(ids, (values) => {
        const byBytes = [...values].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect([...values].sort(compareUtf8)).toEqual(byBytes);
      }),
    );
  });

  test('is 0 only for equal strings, and turns its sign when they change places', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(compareUtf8(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareUtf8(a, b))).toBe(0 - Math.sign(compareUtf8(b, a)));
      }),
    );
  });
});
