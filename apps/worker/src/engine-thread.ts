import { parentPort, workerData } from 'node:worker_threads';
import { chooseBackend } from '@sommelier/ncf/training';
import type { Environment } from '@sommelier/platform';

/** Says where trainings will be computed. In a thread of its own, since it loads what finds a GPU. */
chooseBackend(workerData as Environment['ENGINE']).then(
  ({ backend, reason }) => parentPort?.postMessage({ backend, reason }),
  (error: Error) => parentPort?.postMessage({ problem: error.message }),
);
