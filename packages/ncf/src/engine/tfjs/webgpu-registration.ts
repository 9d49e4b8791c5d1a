import { tensorflow as tf } from './tensorflow.ts';
import { type Gpu, loadWebGpu } from './webgpu-adapter.ts';

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
