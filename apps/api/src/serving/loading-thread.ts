import { parentPort, workerData } from 'node:worker_threads';
import type { FetchedModel } from './scoring-protocol.ts';
import { lowerThreadPriority } from './thread-priority.ts';

/** About a tenth of a processor that the scoring threads want as well. */
const NICER = 10;

/** Entry of the thread that loads one model: verifies and prepares it for all scoring threads, and ends. */
async function main(): Promise<void> {
  lowerThreadPriority(NICER);
  // Behind the line above, since compiling this is work as well.
  const { loadOrRefuse } = await import('./prepare-model.ts');
  parentPort?.postMessage(loadOrRefuse(workerData as FetchedModel));
}

await main();
