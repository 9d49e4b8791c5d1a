import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects the calling thread's garbage, which takes a few milliseconds. V8 does not count shared memory as a thread's
 * own, so that models which nobody needs any more would stay until the thread's own garbage is reason enough.
 */
export function collectGarbage(): void {
  collect ??= garbageCollector();
  collect();
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  return typeof found === 'function' ? () => void found() : () => undefined;
}
