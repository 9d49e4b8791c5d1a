import { describe, expect, test } from '@jest/globals';
import { chooseEngine, describeEngine, type GpuProbes } from './choose-engine.ts';
import { isSoftwareAdapter } from './tfjs/webgpu-adapter.ts';

const missing = async (): Promise<never> => {
  throw new Error("Cannot find package 'x'\nRequire stack: ...");
};
const choose = (requested: Parameters<typeof chooseEngine>[0], given: GpuProbes) =>
  chooseEngine(requested, { threads: 2, build: 'simd' }, given);
const HARDWARE = { description: 'nvidia ada GeForce', software: false };
const SOFTWARE = { description: 'google swiftshader', software: true };

function probes(changes: Partial<GpuProbes> = {}): GpuProbes {
  return { tensorflow: missing, webgpu: missing, ...changes };
}

describe('auto', () => {
  test('prefers CUDA, then a hardware WebGPU adapter, then wasm, and says why', async () => {
    const cuda = { tensorflow: async () => ({ usesGpu: true }) };
    const webgpu = { webgpu: async () => HARDWARE };
    expect(await choose('auto', probes({ ...cuda, ...webgpu }))).toMatchObject({
      engine: { name: 'tfjs', backend: 'tensorflow' },
    });
    const second = await choose('auto', probes(webgpu));
    expect(second.engine).toEqual({ name: 'tfjs', backend: 'webgpu' });
    expect(second.reason).toContain('GeForce');
    const third = await choose('auto', probes());
    expect(third.engine).toEqual({ name: 'wasm' });
    expect(third.reason).toContain("WebGPU does not load (Cannot find package 'x')");
  });

  test('TensorFlow without a GPU and a software adapter count as none', async () => {
    const choice = await choose(
      'auto',
      probes({ tensorflow: async () => ({ usesGpu: false }), webgpu: async () => SOFTWARE }),
    );
    expect(choice.engine).toEqual({ name: 'wasm' });
    expect(choice.reason).toContain('TensorFlow sees no GPU');
    expect(choice.reason).toContain('swiftshader');
    expect((await choose('auto', probes({ webgpu: async () => undefined }))).reason).toContain('no adapter');
  });
});

describe('an explicit request', () => {
  test('is met or refused with what to install', async () => {
    await expect(choose('tensorflow', probes())).rejects.toMatchObject({
      code: 'engine-unavailable',
      message: expect.stringContaining('@tensorflow/tfjs-node-gpu@4.22.0'),
    });
    await expect(choose('webgpu', probes())).rejects.toMatchObject({ code: 'engine-unavailable' });
    await expect(choose('webgpu', probes({ webgpu: async () => undefined }))).rejects.toThrow(/no adapter/);
    const software = await choose('webgpu', probes({ webgpu: async () => SOFTWARE }));
    expect(software).toMatchObject({
      engine: { name: 'tfjs', backend: 'webgpu' },
      reason: expect.stringContaining('slower than wasm'),
    });
    const onCpu = await choose('tensorflow', probes({ tensorflow: async () => ({ usesGpu: false }) }));
    expect(onCpu).toMatchObject({
      engine: { backend: 'tensorflow' },
      reason: expect.stringContaining('no GPU'),
    });
    const kernel = await choose('wasm', probes());
    expect(describeEngine(kernel)).toBe('wasm simd, 2 threads');
    expect(describeEngine(await choose('tfjs-wasm', probes()))).toBe('tfjs wasm');
    expect(describeEngine(await choose('tfjs-cpu', probes()))).toBe('tfjs cpu');
  });

  test('the real native package is not part of this installation, and the refusal says so', async () => {
    await expect(chooseEngine('tensorflow')).rejects.toMatchObject({ code: 'engine-unavailable' });
  });
});

test('software adapters are known by their names', () => {
  for (const info of [
    {
      vendor: 'google',
      architecture: 'swiftshader',
      device: '0xc0de',
      description: 'SwiftShader Device (LLVM 10.0.0)',
    },
    { vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    { vendor: 'microsoft', description: 'Microsoft Basic Render Driver' },
    { vendor: 'x', isFallbackAdapter: true },
  ]) {
    expect(isSoftwareAdapter(info)).toBe(true);
  }
  for (const description of [
    'NVIDIA GeForce RTX 4090',
    'Intel(R) UHD Graphics',
    'AMD Radeon RX 7900',
    'Apple M2',
  ]) {
    expect(isSoftwareAdapter({ vendor: 'v', description })).toBe(false);
  }
});
