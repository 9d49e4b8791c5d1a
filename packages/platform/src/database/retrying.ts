import { setTimeout as sleep } from 'node:timers/promises';
import { isContention, translateDatabaseError } from './database-errors.ts';
import type { DatabaseAddress } from './database-url.ts';

/** How long an operation is tried again before it fails. */
const GIVE_UP_AFTER_MS = 30_000;
/** Waits between tries, doubled each time up to the longest. */
const FIRST_DELAY_MS = 5;
const LONGEST_DELAY_MS = 250;

/** Runs a database operation and hands on its result. */
export type Run = <T>(operation: () => Promise<T>) => Promise<T>;

/**
 * Runs operations again, after a random wait, when another writer was in the way (a busy SQLite file, a deadlock: the
 * database has undone them), and turns Prisma's errors into ours.
 */
export function retrying(address: DatabaseAddress): Run {
  return async (operation) => {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      try {
        return await operation();
      } catch (error) {
        if (!isContention(error) || performance.now() > deadline)
          throw translateDatabaseError(address, error);
      }
      await sleep(delayMs * (0.5 + Math.random() / 2));
    }
  };
}
