/**
 * A bit an item, 1 = may be recommended: bit i % 8 of byte i / 8 is item i's. `[ceil(items / 8)]`, bits behind the last
 * item are 0.
 * @param eligible the same form, to begin with; default: all items.
 * @throws RangeError when it has another length.
 */
export function eligibleBits(
  itemCount: number,
  eligible: Uint8Array | undefined,
  excluded: Iterable<number>,
): Uint8Array {
  const length = Math.ceil(itemCount / 8);
  if (eligible !== undefined && eligible.length !== length) {
    throw new RangeError(`eligible has ${eligible.length} bytes; ${itemCount} items need ${length}`);
  }
  const bits = eligible?.slice() ?? new Uint8Array(length).fill(0xff);
  if (itemCount % 8 !== 0) bits[length - 1]! &= (1 << (itemCount % 8)) - 1;
  for (const item of excluded) {
    if (item < itemCount) bits[item >>> 3]! &= ~(1 << (item & 7));
  }
  return bits;
}

/** The items whose bit is set, ascending. */
export function* setBits(bits: Uint8Array): Generator<number> {
  for (let at = 0; at < bits.length; at++) {
    for (let byte = bits[at]!; byte !== 0; byte &= byte - 1) yield 8 * at + 31 - Math.clz32(byte & -byte);
  }
}

export function isSet(bits: Uint8Array, item: number): boolean {
  return ((bits[item >>> 3]! >>> (item & 7)) & 1) === 1;
}

/** How many bits are set. */
export function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}
