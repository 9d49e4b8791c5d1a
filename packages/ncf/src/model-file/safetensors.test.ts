import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.ts';

/** A file with this header, as it stands, and this many bytes of data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (begin: number, end: number, shape: number[]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const tensors = new Map<string, Tensor>([
  ['b', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
  ['a', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1.5, -2) }],
  ['d', { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) }],
  ['c', { dtype: 'U32', shape: [0, 4], data: new Uint32Array(0) }],
]);

describe('encodeSafetensors', () => {
  test('writes the bytes that the format prescribes', () => {
    const file = encodeSafetensors(new Map([['x', { dtype: 'U8', shape: [2], data: Uint8Array.of(7, 9) }]]));
    const json = '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   ';
    expect([...file]).toEqual([56, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(json), 7, 9]);
  });

  test('the order in which tensors are handed in does not matter', () => {
    expect(encodeSafetensors(new Map([...tensors].reverse()))).toEqual(encodeSafetensors(tensors));
  });

  test('refuses data that does not fill its shape', () => {
    const wrong: Tensor = { dtype: 'U8', shape: [4], data: Uint8Array.of(1) };
    expect(() => encodeSafetensors(new Map([['x', wrong]]))).toThrow('tensor x: shape [4] needs 4 elements');
  });
});

describe('decodeSafetensors', () => {
  test.each([0, 1, 3, 4, 8])('gives back what was written, at byte offset %i of a buffer', (byteOffset) => {
    const file = encodeSafetensors(tensors);
    const shifted = new Uint8Array(new ArrayBuffer(file.length + byteOffset), byteOffset);
    shifted.set(file);
    expect(decodeSafetensors(shifted)).toEqual(tensors);
  });

  test('tensors are views of the file, also in shared memory', () => {
    const file = encodeSafetensors(tensors);
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    const decoded = decodeSafetensors(shared);
    expect(decoded).toEqual(tensors);
    for (const { data } of decoded.values()) expect(data.buffer).toBe(shared.buffer);
  });

  test('reads a header whose length leaves the data unaligned', () => {
    const file = fileOf({ x: f32(0, 4, [1]) }, 4);
    expect((file.length - 4) % 4).not.toBe(0);
    file.set(new Uint8Array(Float32Array.of(2.5).buffer), file.length - 4);
    expect(decodeSafetensors(file).get('x')?.data[0]).toBe(2.5);
  });

  test('a name that an object treats as special survives', () => {
    const tensors = new Map<string, Tensor>([
      ['__proto__', { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }],
    ]);
    expect(decodeSafetensors(encodeSafetensors(tensors))).toEqual(tensors);
  });

  test('any tensors survive', () => {
    const tensor = fc
      .uint8Array({ maxLength: 9 })
      .map((data): Tensor => ({ dtype: 'U8', shape: [data.length], data }));
    const wide = fc
      .float64Array({ maxLength: 5 })
      .map((data): Tensor => ({ dtype: 'F64', shape: [1, data.length], data }));
    const name = fc.string({ maxLength: 12 }).filter((text) => text !== '__metadata__');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.oneof(tensor, wide)), { selector: ([n]) => n }),
        (list) => {
          const map = new Map(list);
          expect(decodeSafetensors(encodeSafetensors(map))).toEqual(map);
        },
      ),
    );
  });

  test.each<[string, Uint8Array, string]>([
    ['no header', new Uint8Array(7), 'only 7 bytes'],
    ['an empty header', fileOf('', 0), "header's length is 0"],
    ['a huge header', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), "header's length is 72057594037927936"],
    ['a cut header', fileOf({ x: f32(0, 4, [1]) }, 4).subarray(0, 20), 'cut off'],
    ['no JSON', fileOf('{"x"', 0), 'not JSON'],
    ['no object', fileOf('[1, 2]', 0), 'not a JSON object'],
    ['a space first', fileOf(' {}', 0), 'not a JSON object at its first byte'],
    ['bytes that are not UTF-8', fileOf({ x: 1 }, 0).map((b) => (b === 0x78 ? 0xff : b)), 'not JSON'],
    [
      'a name twice',
      fileOf(
        '{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
        0,
      ),
      '"x" twice',
    ],
    [
      'an escaped name twice',
      fileOf('{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0078":1}', 0),
      '"x" twice',
    ],
    [
      'a key twice',
      fileOf('{"x":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}', 0),
      '"dtype" twice',
    ],
    ['an entry of another kind', fileOf({ x: 3 }, 0), 'tensor x: its entry'],
    ['an unknown key', fileOf({ x: { ...f32(0, 4, [1]), more: 1 } }, 4), 'tensor x: unknown key "more"'],
    ['no dtype', fileOf({ x: { shape: [1], data_offsets: [0, 4] } }, 4), 'tensor x: dtype'],
    ['another dtype', fileOf({ x: { ...f32(0, 4, [2]), dtype: 'F16' } }, 4), 'tensor x: element type "F16"'],
    [
      'a name of Object',
      fileOf({ x: { ...f32(0, 4, [1]), dtype: 'toString' } }, 4),
      'tensor x: element type',
    ],
    ['a negative size', fileOf({ x: f32(0, 4, [-1]) }, 4), 'tensor x: shape'],
    ['a fractional size', fileOf({ x: f32(0, 4, [1.5]) }, 4), 'tensor x: shape'],
    ['nine dimensions', fileOf({ x: f32(0, 4, Array(9).fill(1)) }, 4), 'tensor x: shape'],
    ['a shape of more bytes', fileOf({ x: f32(0, 4, [2]) }, 4), 'tensor x: shape [2] of F32 needs 8 bytes'],
    ['a shape beyond counting', fileOf({ x: f32(0, 4, [2 ** 50, 2 ** 50]) }, 4), 'tensor x: shape'],
    ['offsets backwards', fileOf({ x: f32(4, 0, [1]) }, 4), 'tensor x: its offsets run backwards'],
    ['a gap at the start', fileOf({ x: f32(4, 8, [1]) }, 8), 'tensor x leaves a gap'],
    ['an overlap', fileOf({ x: f32(0, 8, [2]), y: f32(4, 8, [1]) }, 8), 'tensor y overlaps'],
    ['the same place twice', fileOf({ x: f32(0, 4, [1]), y: f32(0, 4, [1]) }, 4), 'tensor y overlaps'],
    ['a cut tensor', fileOf({ x: f32(0, 8, [2]) }, 7), 'tensor x ends at byte'],
    ['bytes at the end', fileOf({ x: f32(0, 4, [1]) }, 5), '1 bytes follow the last tensor'],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }, 0), '__metadata__'],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeSafetensors(file)).toThrow(
      expect.objectContaining({ code: 'model-file-invalid', message: expect.stringContaining(message) }),
    );
  });
});
