import { expect, test } from '@jest/globals';
import { initialParameters } from './initial-parameters.ts';

const SHAPE = { userCount: 400, itemCount: 300, factors: 8, layers: [64, 32, 16] };
const OPTIONS = { seed: 5, initSigma: 0.05 };

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

test('lengths follow the shape; deviations are the ones that are documented; biases are 0', () => {
  const { userGmf, itemGmf, userMlp, itemMlp, mlp, outputWeight, outputBias } = initialParameters(
    SHAPE,
    OPTIONS,
  );
  expect([userGmf, itemGmf, userMlp, itemMlp].map(({ length }) => length)).toEqual([
    3200, 2400, 12_800, 9600,
  ]);
  for (const table of [userGmf, itemGmf, userMlp, itemMlp]) {
    expect(deviation(table) / 0.05).toBeGreaterThan(0.95);
    expect(deviation(table) / 0.05).toBeLessThan(1.05);
  }
  expect(mlp.map(({ weight, bias }) => [weight.length, bias.length])).toEqual([
    [2048, 32],
    [512, 16],
  ]);
  expect(deviation(mlp[0]!.weight) / Math.sqrt(2 / 64)).toBeGreaterThan(0.93);
  expect(deviation(mlp[0]!.weight) / Math.sqrt(2 / 64)).toBeLessThan(1.07);
  expect(mlp.every(({ bias }) => bias.every((value) => value === 0))).toBe(true);
  expect(outputWeight).toHaveLength(24);
  expect([...outputWeight.subarray(0, 8)]).toEqual(Array(8).fill(1));
  const towerWeights = [...outputWeight.subarray(8)];
  expect(Math.max(...towerWeights.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 25));
  expect(new Set(towerWeights).size).toBe(16);
  expect([...outputBias]).toEqual([0]);
});

test('the same seed gives the same numbers, tables differ, and a row does not depend on the number of rows', () => {
  const first = initialParameters(SHAPE, OPTIONS);
  expect(initialParameters(SHAPE, OPTIONS)).toEqual(first);
  expect(initialParameters(SHAPE, { ...OPTIONS, seed: 6 }).userGmf).not.toEqual(first.userGmf);
  expect(first.userGmf.subarray(0, 100)).not.toEqual(first.itemGmf.subarray(0, 100));
  const more = initialParameters({ ...SHAPE, userCount: 401 }, OPTIONS);
  expect(more.userGmf.subarray(0, 3200)).toEqual(first.userGmf);
});
