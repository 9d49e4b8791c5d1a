import { setImmediate } from 'node:timers/promises';

/** Work of at most this long between two looks at the event loop. */
const STEP_MS = 5;

/** Makes a pause that long work calls often: it lets other work run once a few milliseconds have passed. */
export function createPause(): () => Promise<void> | undefined {
  let resumedAtMs = performance.now();
  return () => {
    if (performance.now() - resumedAtMs < STEP_MS) return undefined;
    return setImmediate().then(() => {
      resumedAtMs = performance.now();
    });
  };
}
