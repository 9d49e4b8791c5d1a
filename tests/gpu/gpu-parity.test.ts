import { describe, expect, test } from '@jest/globals';
import { compareWithWasm } from '../support/backend-parity.ts';
import { expectParity, type ParityTolerance } from '../support/expect-parity.ts';

/** GPUs may compute products with fewer bits than the CPU does and add in any order. */
const GPU_TOLERANCE: ParityTolerance = { oneStep: 1e-4, tenSteps: 1e-3 };

// These tests are for a machine with a GPU: without one they fail and say what is missing, they are not skipped.
describe('on a real GPU', () => {
  test('CUDA through @tensorflow/tfjs-node-gpu agrees with wasm', async () => {
    // On Ampere and later cards TensorFlow rounds the factors of products to 10 bits unless told not to.
    const report = await compareWithWasm('tensorflow', { NVIDIA_TF32_OVERRIDE: '0' });
    expect(report.reason).toMatch(/runs on a GPU/);
    expect(report.auto).toBe('tensorflow');
    expectParity(report, GPU_TOLERANCE);
  }, 540_000);

  test('a hardware WebGPU adapter agrees with wasm', async () => {
    const report = await compareWithWasm('webgpu');
    expect(report.reason).toMatch(/a hardware adapter/);
    expectParity(report, GPU_TOLERANCE);
    expect(report.updatesInPlace).toBe(true);
  }, 540_000);
});
