import { invalid } from './invalid.ts';
import { type HeaderEntry, parseHeader } from './safetensors-header.ts';

/** Typed array of each element type that the project's files use. */
interface DataByDtype {
  F64: Float64Array;
  F32: Float32Array;
  U32: Uint32Array;
  U8: Uint8Array;
}
export type Dtype = keyof DataByDtype;

/** A tensor, row by row: as many elements as the product of its shape. */
export type Tensor = {
  [D in Dtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: DataByDtype[D] };
}[Dtype];

export type Tensors = ReadonlyMap<string, Tensor>;

const CONSTRUCTORS = { F64: Float64Array, F32: Float32Array, U32: Uint32Array, U8: Uint8Array } as const;
const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 1_048_576;

/**
 * Writes tensors in the safetensors format (huggingface/safetensors): length of the header (8 bytes, little-endian),
 * header (JSON, padded with spaces to a multiple of 8), data without gaps. Wider elements come first, then names in
 * ascending order, so that every tensor is aligned to its element and the same tensors give the same bytes.
 * @throws SommelierError `model-file-invalid` when a tensor's data and shape disagree, or the header is too long.
 */
export function encodeSafetensors(tensors: Tensors): Uint8Array {
  const parts = safetensorsParts(tensors);
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/**
 * The same file in parts, to be written one after the other: all but the header are views of the tensors' data.
 * @throws SommelierError `model-file-invalid` as `encodeSafetensors`
 */
export function safetensorsParts(tensors: Tensors): Uint8Array[] {
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1),
  );
  const header: [name: string, entry: HeaderEntry][] = [];
  let dataBytes = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (elementCount(shape) !== data.length) {
      throw invalid(
        `tensor ${name}: shape [${shape}] needs ${elementCount(shape)} elements, it has ${data.length}`,
      );
    }
    header.push([name, { dtype, shape, data_offsets: [dataBytes, dataBytes + data.byteLength] }]);
    dataBytes += data.byteLength;
  }
  // Assigned to a plain object one by one, a tensor named __proto__ would be lost.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw invalid(`the header of ${tensors.size} tensors is longer than ${MAX_HEADER_BYTES} bytes`);
  }

  const head = new Uint8Array(LENGTH_BYTES + headerBytes);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.fill(0x20, LENGTH_BYTES);
  head.set(json, LENGTH_BYTES);
  return [
    head,
    ...ordered.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

/**
 * Reads a file of tensors strictly: nothing may overlap, be missing or be left over.
 *
 * The tensors are views of `bytes` (which may lie in shared memory); only one that is not aligned to its element is
 * copied.
 * @throws SommelierError `model-file-invalid` that names the tensor or the part of the file.
 */
export function decodeSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const headerBytes = readHeaderLength(bytes);
  const dataStart = LENGTH_BYTES + headerBytes;
  const entries = parseHeader(bytes.slice(LENGTH_BYTES, dataStart));

  const byOffset = [...entries].sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  const tensors = new Map<string, Tensor>();
  let expected = 0;
  for (const [name, entry] of byOffset) {
    const [begin, end] = entry.data_offsets;
    if (begin !== expected) {
      const what = begin < expected ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw invalid(`tensor ${name} ${what}: it begins at byte ${begin} of the data, not at ${expected}`);
    }
    if (dataStart + end > bytes.length) {
      throw invalid(
        `tensor ${name} ends at byte ${dataStart + end}, but the file has only ${bytes.length}: it is cut off`,
      );
    }
    tensors.set(name, viewOf(name, entry, bytes, dataStart + begin));
    expected = end;
  }
  if (dataStart + expected !== bytes.length) {
    throw invalid(`${bytes.length - dataStart - expected} bytes follow the last tensor`);
  }
  return tensors;
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) throw invalid(`the file has only ${bytes.length} bytes: no header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length < 2n || length > MAX_HEADER_BYTES) {
    throw invalid(`the header's length is ${length} bytes; it must be 2 to ${MAX_HEADER_BYTES}`);
  }
  if (LENGTH_BYTES + Number(length) > bytes.length) {
    throw invalid(`the header has ${length} bytes, but the file only ${bytes.length}: it is cut off`);
  }
  return Number(length);
}

function viewOf(name: string, entry: HeaderEntry, bytes: Uint8Array, start: number): Tensor {
  if (!Object.hasOwn(CONSTRUCTORS, entry.dtype)) {
    throw invalid(
      `tensor ${name}: element type ${JSON.stringify(entry.dtype)} is not one of F64, F32, U32, U8`,
    );
  }
  const dtype = entry.dtype as Dtype;
  const TypedArray = CONSTRUCTORS[dtype];
  const [begin, end] = entry.data_offsets;
  const length = elementCount(entry.shape);
  if (length * TypedArray.BYTES_PER_ELEMENT !== end - begin) {
    throw invalid(
      `tensor ${name}: shape [${entry.shape}] of ${dtype} needs ${length * TypedArray.BYTES_PER_ELEMENT} bytes, ` +
        `its offsets give ${end - begin}`,
    );
  }
  const aligned = (bytes.byteOffset + start) % TypedArray.BYTES_PER_ELEMENT === 0;
  const source = aligned ? bytes.subarray(start) : bytes.slice(start, start + (end - begin));
  const data = new TypedArray(source.buffer as ArrayBuffer, source.byteOffset, length);
  return { dtype, shape: entry.shape, data } as Tensor;
}
