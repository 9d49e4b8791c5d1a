import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkIdTable, IdTable, idTableFrom } from './id-table.ts';

const encoder = new TextEncoder();

function tableOf(...ids: (string | number[])[]): IdTable {
  const encoded = ids.map((id) => (typeof id === 'string' ? [...encoder.encode(id)] : id));
  const offsets = [0];
  for (const id of encoded) offsets.push(offsets.at(-1)! + id.length);
  return new IdTable(Uint32Array.from(offsets), Uint8Array.from(encoded.flat()));
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const id = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/^\s|\s$|\0|\p{Surrogate}/u.test(text) && [...text].length <= 64);

describe('IdTable', () => {
  test('finds every id at its place, and nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 40 }), id, (ids, other) => {
        const sorted = [...ids].sort(byBytes);
        const table = idTableFrom(sorted);
        checkIdTable('user_ids', table);
        expect(table.count).toBe(sorted.length);
        expect(sorted.map((text) => table.indexOf(text))).toEqual(sorted.map((_, index) => index));
        expect(sorted.map((_, index) => table.idAt(index))).toEqual(sorted);
        expect(table.indexOf(other)).toBe(sorted.indexOf(other));
      }),
    );
  });

  test('an id is not found by a part of it, by a longer one, or by a lone surrogate', () => {
    const table = idTableFrom(['10', '100', '\ufffd']);
    expect(
      ['1', '1000', '', '\ud800', '\ufffd', 'x'.repeat(5_000)].map((text) => table.indexOf(text)),
    ).toEqual([-1, -1, -1, -1, 2, -1]);
  });

  test('reads shared memory', () => {
    const { offsets, bytes } = idTableFrom(['a', 'é']);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const table = new IdTable(offsets, shared);
    expect([table.idAt(1), table.indexOf('é')]).toEqual(['é', 1]);
    checkIdTable('user_ids', table);
  });

  test('an index outside is a RangeError', () => {
    expect(() => idTableFrom(['a']).idAt(1)).toThrow('there is no id 1 in a table of 1');
    expect(() => idTableFrom(['a']).idAt(-1)).toThrow(RangeError);
  });
});

describe('checkIdTable', () => {
  test('accepts ids in the order of their bytes, which is not that of UTF-16', () => {
    // U+FF5E is EF BD 9E, U+1F377 is F0 9F 8D B7; as UTF-16 the second begins with D83C and would come first.
    expect(() => checkIdTable('user_ids', tableOf('A', 'a', 'a b', '\uff5e', '\u{1f377}'))).not.toThrow();
  });

  test.each<[string, IdTable, string]>([
    ['ids out of order', tableOf('b', 'a'), 'user_ids.bytes: id 1 does not come after id 0'],
    ['an id twice', tableOf('a', 'a'), 'user_ids.bytes: id 1 does not come after id 0'],
    ['a prefix after the longer id', tableOf('ab', 'a'), 'id 1 does not come after'],
    ['numbers in the order of numbers', tableOf('9', '10'), 'id 1 does not come after'],
    ['an empty id', tableOf('a', ''), 'user_ids.offsets: id 1 runs from byte 1 to 1'],
    ['a blank at the end', tableOf('a '), 'id 0 begins or ends with white space'],
    ['a blank at the start', tableOf('\ta'), 'id 0 begins or ends with white space'],
    ['a NUL', tableOf('a\0b'), 'id 0 contains a NUL'],
    ['65 characters', tableOf('x'.repeat(65)), 'id 0 is longer than 64'],
    ['half a character', tableOf([0xc3]), 'id 0 is not valid UTF-8'],
    ['a character across two ids', tableOf('a', [0xc3], [0xa9]), 'is not valid UTF-8'],
    ['a surrogate', tableOf([0xed, 0xa0, 0x80]), 'id 0 is not valid UTF-8'],
    ['offsets that begin late', new IdTable(Uint32Array.of(1, 2), encoder.encode('ab')), 'must begin with 0'],
    ['offsets that end early', new IdTable(Uint32Array.of(0, 1), encoder.encode('ab')), 'must begin with 0'],
    ['offsets that fall', new IdTable(Uint32Array.of(0, 2, 1, 3), encoder.encode('abc')), 'from byte 2 to 1'],
    [
      'offsets far outside',
      new IdTable(Uint32Array.of(0, 200, 3), encoder.encode('abc')),
      'from byte 0 to 200',
    ],
    ['no offsets', new IdTable(new Uint32Array(0), encoder.encode('')), 'must begin with 0'],
  ])('refuses %s', (_, table, message) => {
    expect(() => checkIdTable('user_ids', table)).toThrow(
      expect.objectContaining({ code: 'model-file-invalid', message: expect.stringContaining(message) }),
    );
  });
});
