// A scoring thread for tests of the pool: it speaks the protocol, and does what the user id says.
import { parentPort, workerData } from 'node:worker_threads';

const mode = workerData.manifest.version;
const deaths = new Int32Array(workerData.bytes);

function answer({ id, request }) {
  const score = {
    type: 'scored',
    id,
    result: { strategy: 'popular', items: [{ itemId: request.userId, score: id }] },
  };
  if (request.userId === 'crash') process.exit(7);
  if (request.userId === 'crash-once' && Atomics.add(deaths, 0, 1) === 0)
    throw new Error('a fault of the test');
  if (request.userId === 'hang') for (;;);
  if (request.userId === 'fail') {
    parentPort.postMessage({
      type: 'failed',
      id,
      error: { code: 'internal', message: 'it cannot be scored' },
    });
  } else if (request.userId === 'slow') {
    setTimeout(() => parentPort.postMessage(score), 100);
  } else parentPort.postMessage(score);
}

if (mode === 'refuse') {
  const error = { code: 'model-file-invalid', message: 'the test wants it refused' };
  parentPort.postMessage({ type: 'refused', error });
} else if (mode === 'die-at-load') process.exit(3);
else if (mode !== 'never-ready') {
  parentPort.on('message', answer);
  parentPort.postMessage({ type: 'ready' });
} else setInterval(() => undefined, 1_000);
