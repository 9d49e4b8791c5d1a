import { SommelierError } from '@sommelier/contracts';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { mlpEmbeddingWidth, type NeuMFShape } from '../neumf-parameters.ts';
import { tensorflow as tf } from './tensorflow.ts';

/** The WebGPU backend computes indices in float32, which holds every integer up to this one. */
const MAX_WEBGPU_ROWS = 2 ** 24;

/** What a device allows; undefined = no limit but its memory, of which the backend itself complains. */
export interface DeviceLimits {
  readonly rows: number;
  readonly tableBytes: number;
}

/**
 * Refuses tables that the active backend's device cannot address, before anything is uploaded.
 * @throws SommelierError `engine-unavailable` with the size, the limit and what to do.
 */
export function requireDeviceFits(shape: NeuMFShape, limits = activeDeviceLimits()): void {
  if (limits === undefined) return;
  const width = shape.factors + mlpEmbeddingWidth(shape);
  for (const [name, rows] of [
    ['user', shape.userCount],
    ['item', shape.itemCount],
  ] as const) {
    // Values and two moments, and the spare row.
    const bytes = (rows + 1) * 3 * width * Float32Array.BYTES_PER_ELEMENT;
    if (rows < limits.rows && bytes <= limits.tableBytes) continue;
    throw new SommelierError(
      'engine-unavailable',
      `The ${name} table has ${rows} rows and takes ${bytes} bytes with the optimiser's state; this WebGPU device ` +
        `addresses fewer than ${limits.rows} rows and ${limits.tableBytes} bytes. Set ENGINE=wasm, or lower ` +
        'model.factors or model.layers.',
    );
  }
}

function activeDeviceLimits(): DeviceLimits | undefined {
  if (tf.getBackend() !== 'webgpu') return undefined;
  const { device } = tf.backend() as unknown as WebGPUBackend;
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  return { rows: MAX_WEBGPU_ROWS, tableBytes: Math.min(maxStorageBufferBindingSize, maxBufferSize) };
}
