import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Collects what the thread's heap does not refer to any more, and so frees the arrays and kernels behind it. A kernel's
 * memory is gigabytes to the machine but a small object to V8, which sees no reason to look for it: without this, that
 * of the search can be there still while the refit takes as much again. Takes a fraction of a second.
 */
export function collectGarbage(): void {
  collect();
}
