import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { compareWithWasm } from '../support/backend-parity.ts';
import { expectParity, FLOAT32_TOLERANCE } from '../support/expect-parity.ts';

/** The Vulkan driver that computes on the CPU, as Debian's chromium brings it. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

test('WebGPU shaders on a software adapter give the gradients, steps and scores of the wasm backend', async () => {
  const driver = process.env.TEST_VULKAN_DRIVER ?? SWIFTSHADER;
  if (!existsSync(driver)) {
    throw new Error(
      `${driver} is missing: install chromium and libvulkan1 (Debian), or set TEST_VULKAN_DRIVER to the JSON file of another software Vulkan driver`,
    );
  }
  const report = await compareWithWasm('webgpu', { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver });
  expect(report.reason).toMatch(/software adapter/);
  expect(report.auto).toBe('wasm');
  expectParity(report, FLOAT32_TOLERANCE);
  expect(report.updatesInPlace).toBe(true);
  // A refused command is no silent one.
  expect(report.refusal).toMatch(/^engine-unavailable: The WebGPU device refuses the work: .*usage/i);
  // Freed buffers serve the batches that follow.
  expect(report.bufferBytes[0]).toBeGreaterThan(0);
  expect(report.bufferBytes.at(-1)).toBe(report.bufferBytes[1]);
}, 540_000);
