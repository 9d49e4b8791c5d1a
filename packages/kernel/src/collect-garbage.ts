import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects what the calling thread's heap does not refer to any more, and so frees the arrays and kernels behind it. A
 * kernel's or a model's shared memory is gigabytes to the machine but a small object to V8, which sees no reason to look
 * for it. Takes a few milliseconds for a small heap, and a fraction of a second for a large one.
 */
export function collectGarbage(): void {
  collect ??= garbageCollector();
  collect();
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
