// A loading thread for tests: it does what a model's version says.
import { parentPort } from 'node:worker_threads';

let met = 0;
parentPort.on('message', ({ fetched }) => {
  const { version } = fetched.manifest;
  met++;
  if (version === 'throw') throw new Error('a fault of the test');
  if (version === 'exit') process.exit(3);
  if (version === 'exit-later') setTimeout(() => process.exit(3), 50);
  if (version === 'loop') for (;;);
  if (version === 'refuse') {
    const error = { code: 'model-file-invalid', message: 'the test wants it refused' };
    parentPort.postMessage({ type: 'refused', error });
  } else {
    Atomics.store(new Int32Array(fetched.bytes), 0, met);
    parentPort.postMessage({ type: 'loaded', model: fetched });
  }
});
