import { expect, test } from '@jest/globals';
import * as A from './als-plan.ts';
import { allocateShared, MAX_MEMORY_BYTES } from './shared-memory.ts';
import { ThreadTeam } from './thread-team.ts';
import { compileKernel, supportsRelaxedSimd } from './wasm-build.ts';

const PLAN = 1_024;

function parts(threads: number) {
  const memory = allocateShared(65_536);
  new DataView(memory.buffer).setUint32(PLAN + A.THREADS, threads, true);
  const functions = ['solveSide'] as const;
  return { module: compileKernel('als', 'simd'), memory, plan: PLAN, control: 2_048, threads, functions };
}

test('a thread that dies ends the call of the others, and every later one', async () => {
  const work = parts(3);
  const view = new DataView(work.memory.buffer);
  view.setUint32(PLAN + A.WIDTH, 4, true);
  view.setUint32(PLAN + A.ADDRESS_GRAM, 8_192, true);
  // The blocks of all threads but the first lie beyond the memory.
  view.setUint32(PLAN + A.ADDRESS_THREADS, 4_096, true);
  view.setUint32(PLAN + A.THREAD_STRIDE, 1_000_000, true);
  const team = await ThreadTeam.start(work);
  try {
    expect(() => team.call('solveSide')).toThrow('a thread of the kernel has stopped');
    expect(() => team.call('solveSide')).toThrow(/stopped|memory access out of bounds/);
  } finally {
    await team.stop();
  }
  expect(() => team.call('solveSide')).toThrow();
});

test('memory beyond 32-bit addresses is refused with its size', () => {
  expect(() => allocateShared(MAX_MEMORY_BYTES + 1)).toThrow(`${MAX_MEMORY_BYTES + 1} bytes`);
});

test('relaxed SIMD is there where a module with one of its operations is valid', () => {
  const major = Number(process.versions.node.split('.')[0]);
  expect(supportsRelaxedSimd()).toBe(major >= 22);
  expect(WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))).toBe(true);
});
