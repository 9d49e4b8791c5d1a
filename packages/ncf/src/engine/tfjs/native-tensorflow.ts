import util from 'node:util';

/** The optional package that brings TensorFlow's C library with CUDA. */
const PACKAGE = '@tensorflow/tfjs-node-gpu';

/** What is used of the native backend's object. */
interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
}

/**
 * Loads TensorFlow's native library and says whether it computes on a GPU. Its presence on disk says nothing: the
 * package can be installed without its library, so it is loaded to find out.
 * @throws whatever the load throws, usually that the module is missing or that a shared library is.
 */
export async function loadNativeTensorFlow(): Promise<{ usesGpu: boolean }> {
  restoreRemovedUtilities();
  // A name that the compiler cannot resolve: the package is no part of the default installation.
  const name: string = PACKAGE;
  await import(name);
  // Only now: where the package is missing, as on most machines, TensorFlow.js itself is not loaded either.
  const { tensorflow: tf } = await import('./tensorflow.ts');
  if (tf.findBackendFactory('tensorflow') === null) {
    throw new Error(
      `${PACKAGE} uses another copy of @tensorflow/tfjs-core; its version must be ${tf.version_core}`,
    );
  }
  const previous = tf.getBackend();
  if (!(await tf.setBackend('tensorflow')))
    throw new Error(`${PACKAGE} loads but its backend does not start`);
  const { isUsingGpuDevice } = tf.backend() as NativeBackend;
  if (previous !== 'tensorflow' && previous !== '') await tf.setBackend(previous);
  return { usesGpu: isUsingGpuDevice === true };
}

/** Version 4.22 calls two functions of `util` that Node 23 removed. */
function restoreRemovedUtilities(): void {
  const target = util as unknown as Record<string, unknown>;
  target.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  target.isArray ??= Array.isArray;
}
