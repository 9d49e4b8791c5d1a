import type { Client, Connection } from './client.ts';

/** A large import's part takes long; others that write wait for it. */
const LIMITS = { maxWait: 30_000, timeout: 600_000 };

/**
 * Runs statements that take effect together or not at all. Tried again as a whole when another writer was in the way,
 * which happens only to a transaction that the database has undone.
 */
export function inTransaction<T>(
  { client, run }: Connection,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  return run(() => client.$transaction((transaction) => work(transaction as Client), LIMITS));
}
