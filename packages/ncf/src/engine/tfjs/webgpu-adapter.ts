import { tensorflow as tf } from './tensorflow.ts';
import { hasVulkanDriver } from './vulkan-drivers.ts';

/** What is used of the WebGPU interfaces here. */
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(options?: { powerPreference?: string }): Promise<{ readonly info: AdapterInfo } | null>;
}
interface WebGpuPackage {
  readonly create: (options: string[]) => Gpu;
  readonly globals: object;
}

export interface WebGpuAdapter {
  /** The adapter by the names that its driver gives. */
  readonly description: string;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
}

/** Drivers that emulate a GPU on the CPU: SwiftShader, Mesa's lavapipe (llvmpipe), Microsoft's basic renderer. */
const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bcpu\b/i;

/** Whether an adapter's names are those of a software renderer, which is slower than the wasm backend. */
export function isSoftwareAdapter(info: AdapterInfo): boolean {
  return info.isFallbackAdapter === true || SOFTWARE_NAMES.test(names(info));
}

/** Looks for a WebGPU adapter; on a Linux machine without a Vulkan driver there is none, and Dawn is not loaded. */
export async function probeWebGpuAdapter(): Promise<WebGpuAdapter | undefined> {
  if (process.platform === 'linux' && !hasVulkanDriver()) return undefined;
  return await findWebGpuAdapter();
}

/**
 * Looks for a WebGPU adapter, without keeping it.
 * @returns undefined when Dawn loads but finds none.
 * @throws when the `webgpu` package cannot be loaded on this platform.
 */
async function findWebGpuAdapter(): Promise<WebGpuAdapter | undefined> {
  const { create } = await loadWebGpu();
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return undefined;
  return { description: names(adapter.info) || 'unnamed adapter', software: isSoftwareAdapter(adapter.info) };
}

/**
 * Makes the `webgpu` backend known to TensorFlow.js and returns what undoes it. The backend's module looks for
 * `navigator.gpu` while it is imported, so that has to be there first.
 */
export async function registerWebGpu(): Promise<() => void> {
  const { create, globals } = await loadWebGpu();
  Object.assign(globalThis, globals);
  const forget = exposeGpu(create([]));
  try {
    await import('@tensorflow/tfjs-backend-webgpu');
    factory ??= tf.findBackendFactory('webgpu');
    if (factory === null || factory === undefined)
      throw new Error('the webgpu backend did not register itself');
    // After removeBackend the module, which is imported only once, does not register itself again.
    if (tf.findBackendFactory('webgpu') === null) tf.registerBackend('webgpu', factory);
  } catch (error) {
    forget();
    throw error;
  }
  return () => {
    tf.removeBackend('webgpu');
    // Dawn keeps the process alive for as long as anything refers to it.
    forget();
  };
}

let factory: ReturnType<typeof tf.findBackendFactory> | undefined;

/** Node 20 has no `navigator`, later versions have one without `gpu`. */
function exposeGpu(gpu: Gpu): () => void {
  const holder = globalThis as { navigator?: object };
  const hadNavigator = holder.navigator !== undefined;
  if (!hadNavigator) {
    Object.defineProperty(holder, 'navigator', { value: {}, configurable: true, writable: true });
  }
  const navigator = holder.navigator as { gpu?: Gpu };
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true, writable: true });
  return () => {
    delete navigator.gpu;
    if (!hadNavigator) delete holder.navigator;
  };
}

async function loadWebGpu(): Promise<WebGpuPackage> {
  return (await import('webgpu')) as unknown as WebGpuPackage;
}

function names(info: AdapterInfo): string {
  return [info.vendor, info.architecture, info.device, info.description]
    .filter((name) => name !== undefined && name !== '')
    .join(' ');
}
