import { describe, expect, test } from '@jest/globals';
import { adamStepSize, adamTensor, adamUpdate, adamUpdateRows } from './adam.ts';

describe('Adam', () => {
  test('first step by hand: the bias correction turns it into about lr x sign of the gradient', () => {
    const tensor = adamTensor(Float32Array.of(1, -2));
    adamUpdate(tensor, Float32Array.of(0.5, -0.25), adamStepSize(0.1, 1), 0);
    // m = 0.1 g, v = 0.001 g^2, step size = 0.1 sqrt(0.001) / 0.1
    const moved = (g: number) => (Math.sqrt(0.001) * 0.1 * g) / (Math.sqrt(0.001 * g * g) + 1e-8);
    expect(tensor.values[0]).toBeCloseTo(1 - moved(0.5), 6);
    expect(tensor.values[1]).toBeCloseTo(-2 - moved(-0.25), 6);
    expect(tensor.values[0]).toBeCloseTo(0.9, 5);
    expect(tensor.firstMoment[0]).toBeCloseTo(0.05, 7);
    expect(tensor.secondMoment[0]).toBeCloseTo(0.00025, 9);
  });

  test('epsilon is added before the bias correction', () => {
    // With |g| = 1e-8, v = 1e-19: sqrt(v) = 3.16e-10 is small beside epsilon, which is not corrected away.
    const tensor = adamTensor(Float32Array.of(0));
    adamUpdate(tensor, Float32Array.of(1e-8), adamStepSize(1, 1), 0);
    const root = Math.sqrt(0.001) * 1e-8;
    expect(tensor.values[0]).toBeCloseTo((-Math.sqrt(0.001) * 1e-8) / (root + 1e-8), 5);
  });

  test('L2 adds l2 x value to the gradient', () => {
    const plain = adamTensor(Float32Array.of(2));
    adamUpdate(plain, Float32Array.of(0.3 + 0.1 * 2), adamStepSize(0.01, 1), 0);
    const penalised = adamTensor(Float32Array.of(2));
    adamUpdate(penalised, Float32Array.of(0.3), adamStepSize(0.01, 1), 0.1);
    expect(penalised.values[0]).toBeCloseTo(plain.values[0]!, 6);
    expect(penalised.firstMoment[0]).toBeCloseTo(plain.firstMoment[0]!, 6);
  });

  test('lazy rows: only the listed rows and their moments change', () => {
    const table = adamTensor(Float32Array.of(1, 2, 3, 4, 5, 6));
    adamUpdateRows(table, 2, Uint32Array.of(2, 0), Float32Array.of(1, -1, 1, 1), adamStepSize(0.1, 1), 0.5);
    expect([...table.values.subarray(2, 4)]).toEqual([3, 4]);
    expect([...table.firstMoment.subarray(2, 4)]).toEqual([0, 0]);
    expect([...table.secondMoment.subarray(2, 4)]).toEqual([0, 0]);
    // Row 2 took the first gradients: 1 + 0.5 x 5 and -1 + 0.5 x 6, both positive.
    expect(table.values[4]).toBeCloseTo(4.9, 5);
    expect(table.values[5]).toBeCloseTo(5.9, 5);
    expect(table.firstMoment[4]).toBeCloseTo(0.35, 6);
    expect(table.firstMoment[0]).toBeCloseTo(0.15, 6);
  });

  test('a row that rests keeps its moments, and the next update uses the global step', () => {
    const table = adamTensor(Float32Array.of(1));
    const row = Uint32Array.of(0);
    adamUpdateRows(table, 1, row, Float32Array.of(1), adamStepSize(0.1, 1), 0);
    const before = table.values[0]!;
    adamUpdateRows(table, 1, row, Float32Array.of(1), adamStepSize(0.1, 9), 0);
    const m = 0.9 * 0.1 + 0.1;
    const v = 0.999 * 0.001 + 0.001;
    const stepSize = (0.1 * Math.sqrt(1 - 0.999 ** 9)) / (1 - 0.9 ** 9);
    expect(table.values[0]).toBeCloseTo(before - (stepSize * m) / (Math.sqrt(v) + 1e-8), 6);
  });
});
