import { parentPort, workerData } from 'node:worker_threads';
import { chooseEngine, describeEngine } from '@sommelier/ncf/training';
import type { Environment } from '@sommelier/platform';

/** Says where trainings will be computed. In a thread of its own, since it loads what finds a GPU. */
const { ENGINE, ENGINE_THREADS } = workerData as Pick<Environment, 'ENGINE' | 'ENGINE_THREADS'>;
chooseEngine(ENGINE, { threads: ENGINE_THREADS }).then(
  (choice) => parentPort?.postMessage({ engine: describeEngine(choice), reason: choice.reason }),
  (error: Error) => parentPort?.postMessage({ problem: error.message }),
);
