// The counter-based random numbers of @sommelier/ncf (random/counter-random.ts), bit by bit.

function mix(value: u32): u32 {
  let x = value;
  x = (x ^ (x >>> 16)) * 0x7feb352d;
  x = (x ^ (x >>> 15)) * 0x846ca68b;
  return x ^ (x >>> 16);
}

/** What `hash32(seed, a, b, c)` has mixed before `c` enters. */
export function hashPrefix(seed: u32, a: u32, b: u32): u32 {
  let x = mix(seed + 0x9e3779b9);
  x = mix(x + a * 0x85ebca6b + 0x3c6ef372);
  return mix(x ^ (b * 0xc2b2ae35 + 0x27d4eb2f));
}

/** `hash32(seed, a, b, c)` from its prefix. */
// @ts-expect-error: decorator
@inline
export function hashFromPrefix(prefix: u32, b: u32, c: u32): u32 {
  return mix(mix(prefix + c * 0x9e3779b1 + b * 0x165667b1) + 0x61c88647);
}

/** A whole number in [0, bound) from 32 random bits, with the roundings of the float64 original. */
// @ts-expect-error: decorator
@inline
export function bounded(bits: u32, bound: u32): u32 {
  return <u32>(<f64>bits * <f64>bound * (1.0 / 4294967296.0));
}
