import { compareUtf8 } from './utf8-order.ts';

/** Sort keys: so many characters after what all ids begin with, two to a digit. */
const DIGITS = 4;
const CHARACTERS = 2 * DIGITS;
const RADIX = 65_536;
/** Stands for this character and all above it; whatever follows one does not count. */
const LARGEST = 255;

/**
 * Puts the numbers of distinct ids (`ids[number]`) into the ascending order of the ids' UTF-8 bytes: `[numbers]`.
 *
 * Strings lie scattered in memory, so that comparing n of them log n times grows faster than n log n. Here each is read
 * once, into a key of 8 characters; the keys are sorted digit by digit, which is linear, and only ids with equal keys
 * are compared.
 */
export function orderByUtf8(ids: readonly string[], numbers: Uint32Array): Uint32Array {
  const keys = keysOf(ids, numbers);
  let order = new Uint32Array(numbers.length);
  for (let place = 0; place < order.length; place++) order[place] = place;
  for (let digit = DIGITS - 1; digit >= 0; digit--) order = sortByDigit(order, keys[digit]!);
  const sorted = order.map((place) => numbers[place]!);
  const isLikeTheOneBefore = (at: number): boolean =>
    keys.every((digits) => digits[order[at]!] === digits[order[at - 1]!]);
  let begin = 0;
  for (let end = 1; end <= sorted.length; end++) {
    if (end < sorted.length && isLikeTheOneBefore(end)) continue;
    if (end - begin > 1) sorted.subarray(begin, end).sort((a, b) => compareUtf8(ids[a]!, ids[b]!));
    begin = end;
  }
  return sorted;
}

/** Digits of the keys, the most significant first: each `[numbers]`. */
function keysOf(ids: readonly string[], numbers: Uint32Array): Uint16Array[] {
  const start = commonPrefixLength(ids, numbers);
  const keys = Array.from({ length: DIGITS }, () => new Uint16Array(numbers.length));
  for (let place = 0; place < numbers.length; place++) {
    const id = ids[numbers[place]!]!;
    const end = Math.min(id.length - start, CHARACTERS);
    for (let index = 0; index < end; index++) {
      const character = Math.min(id.charCodeAt(start + index) + 1, LARGEST);
      keys[index >> 1]![place]! |= index % 2 === 0 ? character << 8 : character;
      if (character === LARGEST) break;
    }
  }
  return keys;
}

/** UTF-16 units that all of the ids begin with. */
function commonPrefixLength(ids: readonly string[], numbers: Uint32Array): number {
  const first = ids[numbers[0] ?? 0] ?? '';
  let length = first.length;
  for (const number of numbers) {
    const id = ids[number]!;
    let same = 0;
    while (same < length && id.charCodeAt(same) === first.charCodeAt(same)) same++;
    length = same;
    if (length === 0) break;
  }
  return length;
}

/** One pass of a radix sort: equal digits stay in their order. */
function sortByDigit(order: Uint32Array<ArrayBuffer>, digits: Uint16Array): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(RADIX + 1);
  for (const digit of digits) next[digit + 1]!++;
  for (let digit = 0; digit < RADIX; digit++) next[digit + 1]! += next[digit]!;
  const sorted = new Uint32Array(order.length);
  for (const place of order) sorted[next[digits[place]!]!++] = place;
  return sorted;
}
