import { describe, expect, test } from '@jest/globals';
import { compareWithWasm, type ParityReport } from '../support/backend-parity.ts';

/** GPUs may compute products with fewer bits than the CPU does and add in any order. */
const GPU_TOLERANCE = 1e-4;

function expectParity(report: ParityReport): void {
  expect(report.differences.length).toBeGreaterThan(150);
  expect(report.differences.filter(({ difference }) => !(difference < GPU_TOLERANCE))).toEqual([]);
}

// These tests are for a machine with a GPU: without one they fail and say what is missing, they are not skipped.
describe('on a real GPU', () => {
  test('CUDA through @tensorflow/tfjs-node-gpu agrees with wasm', async () => {
    // On Ampere and later cards TensorFlow rounds the factors of products to 10 bits unless told not to.
    const report = await compareWithWasm('tensorflow', { NVIDIA_TF32_OVERRIDE: '0' });
    expect(report.reason).toMatch(/runs on a GPU/);
    expect(report.auto).toBe('tensorflow');
    expectParity(report);
  }, 300_000);

  test('a hardware WebGPU adapter agrees with wasm', async () => {
    const report = await compareWithWasm('webgpu');
    expect(report.reason).toMatch(/a hardware adapter/);
    expectParity(report);
  }, 300_000);
});
