import { expect, test } from '@jest/globals';
import { chooseGpu, NoGpuError } from './hardware.ts';

const auto = { engine: 'auto', software: false } as const;

test('a GPU is taken, whichever way it computes', async () => {
  const cuda = { backend: 'tensorflow', reason: 'TensorFlow loads with CUDA and sees a GPU' };
  expect(await chooseGpu(auto, async () => cuda)).toEqual(cuda);
  const adapter = { backend: 'webgpu', reason: 'webgpu was asked for; a hardware adapter: nvidia' };
  expect(await chooseGpu({ ...auto, engine: 'webgpu' }, async () => adapter)).toEqual(adapter);
});

test('without a GPU it refuses, and says what was looked for', async () => {
  const wasm = async () => ({ backend: 'wasm', reason: 'TensorFlow does not load; no adapter' });
  await expect(chooseGpu(auto, wasm)).rejects.toThrow(NoGpuError);
  await expect(chooseGpu(auto, wasm)).rejects.toThrow(/TensorFlow does not load; no adapter/);
  const emulated = async () => ({ backend: 'webgpu', reason: 'a software adapter: swiftshader' });
  await expect(chooseGpu({ ...auto, engine: 'webgpu' }, emulated)).rejects.toThrow(/a software adapter/);
  const onCpu = async () => ({ backend: 'tensorflow', reason: 'runs on the CPU: it sees no GPU' });
  await expect(chooseGpu({ ...auto, engine: 'tensorflow' }, onCpu)).rejects.toThrow(NoGpuError);
});

test('--software asks for WebGPU and takes an emulated adapter', async () => {
  const asked: string[] = [];
  const choice = await chooseGpu({ engine: 'auto', software: true }, async (requested) => {
    asked.push(requested);
    return { backend: 'webgpu', reason: 'a software adapter: swiftshader' };
  });
  expect(asked).toEqual(['webgpu']);
  expect(choice.backend).toBe('webgpu');
});
