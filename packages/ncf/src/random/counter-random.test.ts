import { describe, expect, test } from '@jest/globals';
import { hash32, normal, permutation, uniform, uniformInt } from './counter-random.ts';

/** Chi-square of counts against equal expectation. */
function chiSquare(counts: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < counts.length; index++) total += counts[index] as number;
  const expected = total / counts.length;
  let sum = 0;
  for (let index = 0; index < counts.length; index++)
    sum += ((counts[index] as number) - expected) ** 2 / expected;
  return sum;
}

/** A bound that chi-square with so many degrees of freedom exceeds with a probability of about 3e-7. */
function chiSquareLimit(degrees: number): number {
  return degrees * (1 - 2 / (9 * degrees) + 5 * Math.sqrt(2 / (9 * degrees))) ** 3;
}

/** Each key counts up in turn while the others stay: the ways in which the callers use the hash. */
const WALKS: [string, (n: number) => number][] = [
  ['seed', (n) => hash32(n, 1, 2, 3)],
  ['a', (n) => hash32(42, n, 2, 3)],
  ['b', (n) => hash32(42, 1, n, 3)],
  ['c', (n) => hash32(42, 1, 2, n)],
  ['b and c', (n) => hash32(42, 1, n >>> 2, n & 3)],
  ['b with zeros', (n) => hash32(0, 0, n, 0)],
];

describe('hash32', () => {
  test.each(WALKS)('spreads evenly over low and high bits, counting in %s', (_, walk) => {
    const low = new Uint32Array(1_024);
    const high = new Uint32Array(1_024);
    for (let n = 0; n < 200_000; n++) {
      const value = walk(n);
      low[value & 1_023]!++;
      high[value >>> 22]!++;
    }
    expect(chiSquare(low)).toBeLessThan(chiSquareLimit(1_023));
    expect(chiSquare(high)).toBeLessThan(chiSquareLimit(1_023));
  });

  test.each(WALKS)('gives consecutive values without correlation, counting in %s', (_, walk) => {
    const pairs = new Uint32Array(4_096);
    for (let n = 0; n < 200_000; n++) pairs[((walk(n) >>> 26) << 6) | (walk(n + 1) >>> 26)]!++;
    expect(chiSquare(pairs)).toBeLessThan(chiSquareLimit(4_095));
  });

  test('flips each output bit half of the time when one input bit flips', () => {
    for (let key = 0; key < 4; key++) {
      for (let bit = 0; bit < 24; bit++) {
        const flips = new Uint32Array(32);
        for (let n = 0; n < 2_000; n++) {
          const keys: [number, number, number, number] = [n, n * 3 + 1, n * 7 + 5, n * 11 + 2];
          const before = hash32(...keys);
          keys[key] = (keys[key] as number) ^ (1 << bit);
          const changed = before ^ hash32(...keys);
          for (let out = 0; out < 32; out++) flips[out]! += (changed >>> out) & 1;
        }
        // 2,000 fair coins: a standard deviation is 22.4; six of them.
        expect(Math.max(...flips)).toBeLessThan(1_134);
        expect(Math.min(...flips)).toBeGreaterThan(866);
      }
    }
  });

  test('has the same values for ever, as a model file of the same seed must stay the same', () => {
    expect([hash32(0, 0), hash32(42, 1, 2, 3), hash32(4_294_967_295, 1)]).toMatchInlineSnapshot(`
[
  3875998257,
  2057683074,
  1104397472,
]
`);
    expect(hash32(7, 8)).toBe(hash32(7, 8, 0, 0));
  });

  test('is a bijection of its last key', () => {
    const seen = new Set<number>();
    for (let c = 0; c < 100_000; c++) seen.add(hash32(42, 3, 9, c));
    expect(seen.size).toBe(100_000);
  });
});

describe('numbers made from the hash', () => {
  test('uniform is in [0, 1) with the mean and variance of the uniform distribution', () => {
    let sum = 0;
    let squares = 0;
    for (let n = 0; n < 100_000; n++) {
      const value = uniform(1, 2, n);
      if (value < 0 || value >= 1) throw new Error(`uniform gave ${value}`);
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / 100_000 - 1 / 2)).toBeLessThan(0.005);
    expect(Math.abs(squares / 100_000 - 1 / 3)).toBeLessThan(0.005);
  });

  test('uniformInt reaches every value below the bound equally often', () => {
    for (const bound of [1, 2, 3, 7, 1_000]) {
      const counts = new Uint32Array(bound);
      for (let n = 0; n < 100_000; n++) {
        const value = uniformInt(bound, 5, bound, n);
        if (value >= bound) throw new Error(`uniformInt gave ${value} for the bound ${bound}`);
        counts[value]!++;
      }
      if (bound > 1) expect(chiSquare(counts)).toBeLessThan(chiSquareLimit(bound - 1));
    }
  });

  test('uniformInt stays below the largest bounds', () => {
    for (const bound of [4_294_967_295, 4_294_967_296, 3_000_000_001]) {
      for (let n = 0; n < 10_000; n++) {
        const value = uniformInt(bound, 5, 1, n);
        if (!Number.isInteger(value) || value < 0 || value >= bound) throw new Error(`${value} of ${bound}`);
      }
    }
  });

  test('normal has the moments and the tails of the normal distribution', () => {
    const count = 200_000;
    const moments = [0, 0, 0, 0];
    let beyondTwo = 0;
    for (let n = 0; n < count; n++) {
      const value = normal(9, 4, n >>> 3, n & 7);
      for (let power = 1; power <= 4; power++) moments[power - 1]! += value ** power / count;
      if (Math.abs(value) > 2) beyondTwo++;
    }
    const [mean, variance, third, fourth] = moments as [number, number, number, number];
    expect(Math.abs(mean)).toBeLessThan(0.012);
    expect(Math.abs(variance - 1)).toBeLessThan(0.018);
    expect(Math.abs(third)).toBeLessThan(0.05);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.13);
    expect(Math.abs(beyondTwo / count - 0.0455)).toBeLessThan(0.0025);
  });
});

describe('permutation', () => {
  test('holds every number once, and depends on seed and stream', () => {
    const order = permutation(1_000, 1, 2);
    expect([...order].sort((a, b) => a - b)).toEqual([...new Array(1_000).keys()]);
    expect(permutation(1_000, 1, 2)).toEqual(order);
    expect(permutation(1_000, 1, 3)).not.toEqual(order);
    expect(permutation(1_000, 2, 2)).not.toEqual(order);
    expect([...permutation(0, 1, 2)]).toEqual([]);
    expect([...permutation(1, 1, 2)]).toEqual([0]);
  });

  test('gives each of the 24 orders of four equally often', () => {
    const counts = new Map<string, number>();
    for (let stream = 0; stream < 24_000; stream++) {
      const order = permutation(4, 77, stream).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()])).toBeLessThan(chiSquareLimit(23));
  });
});
