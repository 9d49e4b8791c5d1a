import { hasVulkanDriver } from './vulkan-drivers.ts';

/** What is used of the WebGPU interfaces here. */
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}
export interface Gpu {
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

/** Dawn's binding, whose binary is inside the package. */
export async function loadWebGpu(): Promise<WebGpuPackage> {
  return (await import('webgpu')) as unknown as WebGpuPackage;
}

function names(info: AdapterInfo): string {
  return [info.vendor, info.architecture, info.device, info.description]
    .filter((name) => name !== undefined && name !== '')
    .join(' ');
}
