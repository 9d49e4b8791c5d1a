import { idProblem, MAX_ID_CODE_POINTS } from '@sommelier/contracts';
import { invalid } from './invalid.ts';

const MAX_UTF8_BYTES_PER_CODE_POINT = 4;
const MAX_ID_BYTES = MAX_ID_CODE_POINTS * MAX_UTF8_BYTES_PER_CODE_POINT;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The ids of users or items as bytes, in ascending order: an id's position is its index. It reads the file's own
 * memory, so that loading a model builds no string; a lookup is a binary search.
 */
export class IdTable {
  /** `[count + 1]`; id i is `bytes[offsets[i] .. offsets[i + 1])`. */
  readonly offsets: Uint32Array;
  /** UTF-8 of all ids, without anything between them. */
  readonly bytes: Uint8Array;
  readonly #needle = new Uint8Array(MAX_ID_BYTES);

  constructor(offsets: Uint32Array, bytes: Uint8Array) {
    this.offsets = offsets;
    this.bytes = bytes;
  }

  get count(): number {
    return this.offsets.length - 1;
  }

  /** Index of an id, or -1 when it is not in the table. */
  indexOf(id: string): number {
    // The encoder would turn a lone surrogate into U+FFFD, and so find another id.
    if (id.length > MAX_ID_BYTES || /\p{Surrogate}/u.test(id)) return -1;
    const { read, written } = encoder.encodeInto(id, this.#needle);
    if (read < id.length) return -1;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, written);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** @throws RangeError when there is no such index. */
  idAt(index: number): string {
    const begin = this.offsets[index];
    const end = this.offsets[index + 1];
    if (begin === undefined || end === undefined) {
      throw new RangeError(`there is no id ${index} in a table of ${this.count}`);
    }
    // A copy, since the decoder does not read shared memory.
    return decoder.decode(this.bytes.slice(begin, end));
  }

  /** Order of id `index` against the needle's first `length` bytes. */
  #compare(index: number, length: number): number {
    const begin = this.offsets[index]!;
    const idLength = this.offsets[index + 1]! - begin;
    const common = Math.min(idLength, length);
    for (let k = 0; k < common; k++) {
      const difference = this.bytes[begin + k]! - this.#needle[k]!;
      if (difference !== 0) return difference;
    }
    return idLength - length;
  }
}

/** Builds the table of ids that are already in ascending order of their UTF-8 bytes. */
export function idTableFrom(ids: readonly string[]): IdTable {
  const offsets = new Uint32Array(ids.length + 1);
  let bytes = new Uint8Array(Math.max(MAX_ID_BYTES, ids.length * 8));
  let end = 0;
  for (const [index, id] of ids.entries()) {
    if (bytes.length - end < MAX_ID_BYTES) {
      const larger = new Uint8Array(2 * bytes.length + MAX_ID_BYTES);
      larger.set(bytes);
      bytes = larger;
    }
    const { read, written } = encoder.encodeInto(id, bytes.subarray(end, end + MAX_ID_BYTES));
    if (read < id.length) throw invalid(`id ${index} is longer than ${MAX_ID_CODE_POINTS} characters`);
    end += written;
    offsets[index + 1] = end;
  }
  return new IdTable(offsets, bytes.slice(0, end));
}

/**
 * Checks that every id is one that the outside may use, and that they ascend strictly by their UTF-8 bytes.
 * @throws SommelierError `model-file-invalid` that names the tensors, which begin with `name`.
 */
export function checkIdTable(name: string, { offsets, bytes }: IdTable): void {
  const count = offsets.length - 1;
  if (count < 0 || offsets[0] !== 0 || offsets[count] !== bytes.length) {
    throw invalid(
      `${name}.offsets must begin with 0 and end with the ${bytes.length} bytes of ${name}.bytes`,
    );
  }
  for (let index = 0; index < count; index++) {
    const begin = offsets[index]!;
    const end = offsets[index + 1]!;
    if (end <= begin || end - begin > MAX_ID_BYTES || end > bytes.length) {
      throw invalid(
        `${name}.offsets: id ${index} runs from byte ${begin} to ${end}; an id has 1 to ${MAX_ID_BYTES} bytes`,
      );
    }
    const problem = problemOf(bytes, begin, end);
    if (problem !== undefined) throw invalid(`${name}.bytes: id ${index} ${problem}`);
    if (index > 0 && !ascends(bytes, offsets[index - 1]!, begin, end)) {
      throw invalid(`${name}.bytes: id ${index} does not come after id ${index - 1} in the order of bytes`);
    }
  }
}

/** Says what is wrong with an id, without building a string of one that is ASCII (nearly all are). */
function problemOf(bytes: Uint8Array, begin: number, end: number): string | undefined {
  let all = 0;
  let nul = false;
  for (let k = begin; k < end; k++) {
    all |= bytes[k]!;
    if (bytes[k] === 0) nul = true;
  }
  const plain = all < 0x80 && !nul && end - begin <= MAX_ID_CODE_POINTS;
  if (plain && bytes[begin]! > 0x20 && bytes[end - 1]! > 0x20) return undefined;
  try {
    return idProblem(decoder.decode(bytes.slice(begin, end)));
  } catch {
    return 'is not valid UTF-8';
  }
}

/** Whether the id at `[begin, end)` is greater than the one before it, at `[before, begin)`. */
function ascends(bytes: Uint8Array, before: number, begin: number, end: number): boolean {
  const common = Math.min(begin - before, end - begin);
  for (let k = 0; k < common; k++) {
    const difference = bytes[begin + k]! - bytes[before + k]!;
    if (difference !== 0) return difference > 0;
  }
  return end - begin > begin - before;
}
