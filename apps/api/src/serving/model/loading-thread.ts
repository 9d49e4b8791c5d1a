import { parentPort } from 'node:worker_threads';
import { RetiredMemory } from '@sommelier/ncf';
import { sharedBytesOf, type ToLoadingThread } from '../scoring/scoring-protocol.ts';
import { loadOrRefuse } from './prepare-model.ts';
import { lowerThreadPriority } from './thread-priority.ts';

/** About a tenth of a processor that other threads want as well. */
const NICER = 10;

/** Entry of the thread that verifies and prepares models for the scoring threads, one after the other. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is the entry of a worker thread');
  const retired = new RetiredMemory();
  let lowered = false;
  port.on('message', ({ fetched, yielding }: ToLoadingThread) => {
    // There is no way back up, except for the privileged.
    if (yielding && !lowered) lowerThreadPriority(NICER);
    lowered ||= yielding;
    port.postMessage(loadOrRefuse(fetched));
    const bytes = sharedBytesOf(fetched);
    setImmediate(() => retired.retire(bytes));
  });
}

main();
