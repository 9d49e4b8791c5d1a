import type { Random } from './random.ts';

export const DAMAGES = ['cut', 'bits', 'bytes', 'zeroed', 'moved', 'doubled', 'grown'] as const;
export type Damage = (typeof DAMAGES)[number];

const MOST_FLIPS = 8;
const LONGEST_PIECE = 64;

/** Bytes with one kind of damage, never the ones that were given; those stay as they are. */
export function damaged(bytes: Uint8Array, damage: Damage, random: Random): Uint8Array {
  for (;;) {
    const changed = apply(bytes, damage, random);
    if (Buffer.compare(changed, bytes) !== 0) return changed;
  }
}

function apply(bytes: Uint8Array, damage: Damage, random: Random): Uint8Array {
  const at = random.whole(0, bytes.length - 1);
  const length = Math.min(random.whole(1, LONGEST_PIECE), bytes.length - at);
  // Not `slice`, which of a Buffer is the same memory.
  const copy = new Uint8Array(bytes);
  switch (damage) {
    case 'cut':
      return copy.subarray(0, at);
    case 'bits':
      for (let flips = random.whole(1, MOST_FLIPS); flips > 0; flips--) {
        copy[random.whole(0, copy.length - 1)]! ^= 1 << random.whole(0, 7);
      }
      return copy;
    case 'bytes':
      for (let k = at; k < at + length; k++) copy[k] = random.whole(0, 255);
      return copy;
    case 'zeroed':
      return copy.fill(0, at, at + length);
    case 'moved':
      return copy.copyWithin(random.whole(0, copy.length - length), at, at + length);
    case 'doubled':
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    case 'grown':
      return joined(
        bytes,
        Uint8Array.from({ length }, () => random.whole(0, 255)),
      );
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
