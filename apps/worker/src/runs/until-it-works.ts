import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@sommelier/platform';

const FIRST_WAIT_MS = 200;
const MAX_WAIT_MS = 5_000;

/**
 * Tries until it works, waiting longer each time: for services that may start after this process, or go away for a
 * while. Logs once that it waits and once that it need not any more. Ends only with the signal, whose reason it throws.
 */
export async function untilItWorks<T>(
  what: string,
  attempt: () => Promise<T>,
  parts: { logger: Logger; signal: AbortSignal },
): Promise<T> {
  const { logger, signal } = parts;
  for (let waitMs = FIRST_WAIT_MS, tries = 0; ; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS), tries++) {
    signal.throwIfAborted();
    try {
      const value = await attempt();
      if (tries > 1) logger.info(`${what}: works now`);
      return value;
    } catch (error) {
      // A connection that was opened a moment ago may just not be up yet: no reason to alarm anybody.
      if (tries === 1)
        logger.warn({ error: (error as Error).message }, `${what}: does not work yet, trying again`);
      else logger.debug({ err: error }, `${what}: still does not work`);
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
