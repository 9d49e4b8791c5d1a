import { parentPort, workerData } from 'node:worker_threads';
import type { LoadingThreadData } from './scoring-protocol.ts';
import { lowerThreadPriority } from './thread-priority.ts';

/** Entry of the thread that loads one model: verifies and prepares it for all scoring threads, and ends. */
async function main(): Promise<void> {
  const { nicer, ...fetched } = workerData as LoadingThreadData;
  lowerThreadPriority(nicer);
  // Behind the line above, since compiling this is work as well.
  const { loadOrRefuse } = await import('./prepare-model.ts');
  parentPort?.postMessage(loadOrRefuse(fetched));
}

await main();
