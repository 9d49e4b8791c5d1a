import { setTimeout as sleep } from 'node:timers/promises';
import { isContention, translateDatabaseError } from './database-errors.ts';
import type { DatabaseAddress } from './database-url.ts';

/** Waits between tries, doubled each time up to the longest; about 20 s in all, besides SQLite's own waiting. */
const MAX_TRIES = 16;
const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 2_000;

/** Runs a database operation and hands on its result. */
export type Run = <T>(operation: () => Promise<T>) => Promise<T>;

/**
 * Runs operations again, after a random wait, when another writer was in the way (a busy SQLite file, a deadlock: the
 * database has undone them), and turns Prisma's errors into ours.
 */
export function retrying(address: DatabaseAddress): Run {
  return async (operation) => {
    for (let tries = 1; ; tries++) {
      try {
        return await operation();
      } catch (error) {
        if (tries >= MAX_TRIES || !isContention(error)) throw translateDatabaseError(address, error);
      }
      const longest = Math.min(FIRST_DELAY_MS * 2 ** tries, LONGEST_DELAY_MS);
      await sleep(longest * (0.5 + Math.random() / 2));
    }
  };
}
