const TWO_POW_32 = 4_294_967_296;
// Bound once: inside a vm context, such as a test's, each look at a global is slow.
const { cos, floor, imul, log, PI, sqrt } = Math;

/** Bijective mixing of 32 bits: the finaliser "lowbias32" of C. Wellons' search for low-bias hash functions. */
function mix(value: number): number {
  let x = value;
  x = imul(x ^ (x >>> 16), 0x7feb352d);
  x = imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/**
 * 32 random bits that are a function of the keys alone, so that neither threads nor the order of calls matter.
 *
 * Keys are whole numbers, taken modulo 2^32; a missing key is 0. `seed` is the run's, `a` names the use (a stream of
 * its own for each purpose), `b` and `c` count within it. For fixed other keys the result is a bijection of `c`.
 * @returns a whole number in [0, 2^32).
 */
export function hash32(seed: number, a: number, b = 0, c = 0): number {
  let x = mix((seed | 0) + 0x9e3779b9);
  x = mix(x + imul(a, 0x85ebca6b) + 0x3c6ef372);
  x = mix(x ^ (imul(b, 0xc2b2ae35) + 0x27d4eb2f));
  // b enters once more: two values of b that met in x above would otherwise share all of their values over c.
  x = mix(x + imul(c, 0x9e3779b1) + imul(b, 0x165667b1));
  return mix(x + 0x61c88647) >>> 0;
}

/** A number in [0, 1), a multiple of 2^-32; keys as in {@link hash32}. */
export function uniform(seed: number, a: number, b = 0, c = 0): number {
  return hash32(seed, a, b, c) / TWO_POW_32;
}

/**
 * A whole number in [0, bound), for 1 <= bound <= 2^32; keys as in {@link hash32}. No value's probability differs
 * from 1 / bound by more than 2^-32.
 */
export function uniformInt(bound: number, seed: number, a: number, b = 0, c = 0): number {
  return floor((hash32(seed, a, b, c) * bound) / TWO_POW_32);
}

/** A standard normal number (Box and Muller 1958); keys as in {@link hash32}. */
export function normal(seed: number, a: number, b = 0, c = 0): number {
  // 1 - u is in (0, 1], so that the logarithm is finite.
  const radius = sqrt(-2 * log(1 - uniform(seed, a, b, c)));
  return radius * cos(2 * PI * uniform(seed ^ 0x5bd1e995, a, b, c));
}

/** A permutation of 0 .. count - 1 (Fisher and Yates), the same for the same (count, seed, stream). */
export function permutation(count: number, seed: number, stream: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let index = 0; index < count; index++) order[index] = index;
  for (let last = count - 1; last > 0; last--) {
    const chosen = uniformInt(last + 1, seed, stream, last);
    const value = order[chosen] as number;
    order[chosen] = order[last] as number;
    order[last] = value;
  }
  return order;
}
