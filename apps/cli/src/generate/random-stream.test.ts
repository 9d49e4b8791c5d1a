import { describe, expect, test } from '@jest/globals';
import { RandomStream } from './random-stream.ts';

const numbersOf = (stream: RandomStream): number[] => Array.from({ length: 1_000 }, () => stream.uint32());

describe('RandomStream', () => {
  test('the same arguments give the same numbers, any other argument gives others', () => {
    const numbers = numbersOf(new RandomStream(1, 2, 3));
    expect(numbersOf(new RandomStream(1, 2, 3))).toEqual(numbers);
    for (const other of [new RandomStream(2, 2, 3), new RandomStream(1, 3, 3), new RandomStream(1, 2, 4)]) {
      const shared = numbersOf(other).filter((value, index) => value === numbers[index]);
      expect(shared).toEqual([]);
    }
  });

  test('starting over equals a new stream', () => {
    const stream = new RandomStream(9, 9, 9);
    stream.uniform();
    stream.restart(1, 2, 3);
    expect(numbersOf(stream)).toEqual(numbersOf(new RandomStream(1, 2, 3)));
  });

  test('first numbers of neighbouring visitors are uniform and uncorrelated', () => {
    const firsts = Array.from({ length: 20_000 }, (_, visitor) => new RandomStream(42, 6, visitor).uniform());
    const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
    let product = 0;
    for (let index = 1; index < firsts.length; index++)
      product += (firsts[index]! - 0.5) * (firsts[index - 1]! - 0.5);
    // Standard errors: 0.002 of the mean, 0.0006 of the lag-1 covariance (1/12 if neighbours were equal).
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.008);
    expect(Math.abs(product / firsts.length)).toBeLessThan(0.0025);
  });

  test('normal numbers have mean 0 and variance 1', () => {
    const stream = new RandomStream(5, 1);
    const values = Array.from({ length: 50_000 }, () => stream.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  test('a permutation holds every index once, and moves them', () => {
    const order = new RandomStream(3, 1).permutation(1_000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    expect(order.filter((value, index) => value === index).length).toBeLessThan(12);
  });
});
