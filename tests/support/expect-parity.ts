import { expect } from '@jest/globals';
import type { ParityReport } from './backend-parity.ts';
import { STEPPED_SHAPES } from './parity-case.mjs';

export interface ParityTolerance {
  /** Of gradients, scores and one step, relative to the tensor's largest number. */
  readonly oneStep: number;
  /** Of the parameters after ten steps, against float64. */
  readonly tenSteps: number;
}

/** What float32 sums in another order explain. */
export const FLOAT32_TOLERANCE: ParityTolerance = { oneStep: 1e-5, tenSteps: 2e-5 };

/** Holds a backend's report to the wasm backend and to the float64 reference of the optimiser. */
export function expectParity(report: ParityReport, { oneStep, tenSteps }: ParityTolerance): void {
  expect(report.differences.length).toBeGreaterThan(250);
  expect(report.differences.filter(({ difference }) => !(difference < oneStep))).toEqual([]);
  expect(report.trained.map(({ model }) => model)).toEqual(STEPPED_SHAPES);
  for (const { model, steps, differences, leakedTensors, readings } of report.trained) {
    expect(steps).toBe(10);
    // Four tables, two tensors of the output layer, two of each ReLU layer.
    expect(differences).toHaveLength(6 + 2 * Math.max(0, model.layers.length - 1));
    expect(differences.filter(({ difference }) => !(difference < tenSteps))).toEqual([]);
    expect(differences.filter(({ moved }) => moved > 0.01).length).toBeGreaterThanOrEqual(3);
    expect(leakedTensors).toBe(0);
    // The loss, and the parameters when the epoch is over: nothing that grows with its five steps.
    expect(readings).toBeLessThanOrEqual(1 + 4 + 2 * (1 + model.layers.length));
  }
}
