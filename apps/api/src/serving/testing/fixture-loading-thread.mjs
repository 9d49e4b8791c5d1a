// A loading thread for tests: it does what the model's version says.
import { parentPort, workerData } from 'node:worker_threads';

const { version } = workerData.manifest;
if (version === 'throw') throw new Error('a fault of the test');
if (version === 'exit') process.exit(3);
if (version === 'loop') for (;;);
if (version === 'refuse') {
  const error = { code: 'model-file-invalid', message: 'the test wants it refused' };
  parentPort.postMessage({ type: 'refused', error });
} else {
  Atomics.store(new Int32Array(workerData.bytes), 0, 1);
  parentPort.postMessage({ type: 'loaded', model: workerData });
}
