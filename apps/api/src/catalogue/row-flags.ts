const FLAGS_A_WORD = 4;
const FLAGS_A_BYTE = 8;

/** A byte of 0 or 1 for each of some rows, `[rows]`; the memory behind is longer, so that it can be read by words. */
export function rowFlags(count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(FLAGS_A_BYTE * Math.ceil(count / FLAGS_A_BYTE)), 0, count);
}

/** Sets each flag of `into` to what both say. Both are made by `rowFlags`. */
export function andFlags(into: Uint8Array, other: Uint8Array): void {
  const [a, b] = [words(into), words(other)];
  for (let word = 0; word < a.length; word++) a[word]! &= b[word]!;
}

/** Sets each flag of `into` to what one or both say. Both are made by `rowFlags`. */
export function orFlags(into: Uint8Array, other: Uint8Array): void {
  const [a, b] = [words(into), words(other)];
  for (let word = 0; word < a.length; word++) a[word]! |= b[word]!;
}

/** The flags as bits in shared memory, bit i % 8 of byte i / 8; bits behind the last flag are 0. */
export function packFlags(flags: Uint8Array): Uint8Array {
  const bits = sharedBits(flags.length);
  // The memory behind the last flag may hold anything.
  const whole = Math.floor(flags.length / FLAGS_A_BYTE);
  for (let byte = 0, at = 0; byte < whole; byte++, at += FLAGS_A_BYTE) {
    bits[byte] =
      flags[at]! |
      (flags[at + 1]! << 1) |
      (flags[at + 2]! << 2) |
      (flags[at + 3]! << 3) |
      (flags[at + 4]! << 4) |
      (flags[at + 5]! << 5) |
      (flags[at + 6]! << 6) |
      (flags[at + 7]! << 7);
  }
  for (let at = whole * FLAGS_A_BYTE; at < flags.length; at++) bits[at >>> 3]! |= flags[at]! << (at & 7);
  return bits;
}

/** A bit for each of some items in shared memory, all 0. */
export function sharedBits(count: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(Math.ceil(count / FLAGS_A_BYTE)));
}

function words({ buffer, length }: Uint8Array): Int32Array {
  return new Int32Array(buffer, 0, Math.ceil(length / FLAGS_A_WORD));
}
