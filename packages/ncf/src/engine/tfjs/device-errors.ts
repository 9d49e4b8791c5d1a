import { SommelierError } from '@sommelier/contracts';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { tensorflow as tf } from './tensorflow.ts';

const KINDS = ['validation', 'out-of-memory', 'internal'] as const;

/**
 * Hears of work that a WebGPU device refuses. Without it a refused command is left out in silence: a training whose
 * buffers do not fit would end with the parameters that it began with. The other backends throw by themselves.
 */
export class DeviceErrors {
  readonly #device: WebGPUBackend['device'] | undefined;
  #open = false;

  constructor() {
    this.#device =
      tf.getBackend() === 'webgpu' ? (tf.backend() as unknown as WebGPUBackend).device : undefined;
  }

  /** Listens from here on; what came before is forgotten. */
  listen(): void {
    if (this.#device === undefined) return;
    this.forget();
    for (const kind of KINDS) this.#device.pushErrorScope(kind);
    this.#open = true;
  }

  /**
   * Asks about all work since `listen`, and listens anew for what follows.
   * @throws SommelierError `engine-unavailable` with what the device says.
   */
  async check(): Promise<void> {
    const pending = this.#close();
    this.listen();
    const error = (await Promise.all(pending)).find((found) => found !== null);
    if (error === undefined) return;
    throw new SommelierError(
      'engine-unavailable',
      `The WebGPU device refuses the work: ${error.message.slice(0, 500)}. Lower training.batchSize or model.factors, or set ENGINE=wasm.`,
    );
  }

  /** Stops listening. */
  forget(): void {
    for (const pending of this.#close()) pending.catch(() => {});
  }

  #close() {
    if (this.#device === undefined || !this.#open) return [];
    this.#open = false;
    const device = this.#device;
    return KINDS.map(() => device.popErrorScope());
  }
}
