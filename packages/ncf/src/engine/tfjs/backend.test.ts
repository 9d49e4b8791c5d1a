import { describe, expect, test } from '@jest/globals';
import { chooseBackend, type GpuProbes } from './backend.ts';
import { isSoftwareAdapter } from './webgpu-adapter.ts';

const missing = async (): Promise<never> => {
  throw new Error("Cannot find package 'x'\nRequire stack: ...");
};
const HARDWARE = { description: 'nvidia ada GeForce', software: false };
const SOFTWARE = { description: 'google swiftshader', software: true };

function probes(changes: Partial<GpuProbes> = {}): GpuProbes {
  return { tensorflow: missing, webgpu: missing, ...changes };
}

describe('auto', () => {
  test('prefers CUDA, then a hardware WebGPU adapter, then wasm, and says why', async () => {
    const cuda = { tensorflow: async () => ({ usesGpu: true }) };
    const webgpu = { webgpu: async () => HARDWARE };
    expect(await chooseBackend('auto', probes({ ...cuda, ...webgpu }))).toMatchObject({
      backend: 'tensorflow',
    });
    const second = await chooseBackend('auto', probes(webgpu));
    expect(second.backend).toBe('webgpu');
    expect(second.reason).toContain('GeForce');
    const third = await chooseBackend('auto', probes());
    expect(third.backend).toBe('wasm');
    expect(third.reason).toContain("WebGPU does not load (Cannot find package 'x')");
  });

  test('TensorFlow without a GPU and a software adapter count as none', async () => {
    const choice = await chooseBackend(
      'auto',
      probes({ tensorflow: async () => ({ usesGpu: false }), webgpu: async () => SOFTWARE }),
    );
    expect(choice.backend).toBe('wasm');
    expect(choice.reason).toContain('TensorFlow sees no GPU');
    expect(choice.reason).toContain('swiftshader');
    expect((await chooseBackend('auto', probes({ webgpu: async () => undefined }))).reason).toContain(
      'no adapter',
    );
  });
});

describe('an explicit request', () => {
  test('is met or refused with what to install', async () => {
    await expect(chooseBackend('tensorflow', probes())).rejects.toMatchObject({
      code: 'engine-unavailable',
      message: expect.stringContaining('@tensorflow/tfjs-node-gpu@4.22.0'),
    });
    await expect(chooseBackend('webgpu', probes())).rejects.toMatchObject({ code: 'engine-unavailable' });
    await expect(chooseBackend('webgpu', probes({ webgpu: async () => undefined }))).rejects.toThrow(
      /no adapter/,
    );
    const software = await chooseBackend('webgpu', probes({ webgpu: async () => SOFTWARE }));
    expect(software).toMatchObject({
      backend: 'webgpu',
      reason: expect.stringContaining('slower than wasm'),
    });
    const onCpu = await chooseBackend('tensorflow', probes({ tensorflow: async () => ({ usesGpu: false }) }));
    expect(onCpu).toMatchObject({ backend: 'tensorflow', reason: expect.stringContaining('no GPU') });
    expect((await chooseBackend('wasm', probes())).backend).toBe('wasm');
  });

  test('the real native package is not part of this installation, and the refusal says so', async () => {
    await expect(chooseBackend('tensorflow')).rejects.toMatchObject({ code: 'engine-unavailable' });
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
