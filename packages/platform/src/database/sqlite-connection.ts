import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, createClient } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { SommelierError } from '@sommelier/contracts';
import type { SqliteAddress } from './database-url.ts';
import { sharedClient } from './sqlite-client.ts';

/** SQLite waits inside the call, which blocks the event loop; longer waits are retries outside of it. */
const BUSY_TIMEOUT_MS = 50;
/**
 * Events arrive in the order of nothing, so an import touches pages all over the indexes: with SQLite's own 2 MB of
 * cache and a checkpoint every 4 MB it would write the same pages again and again.
 */
const CACHE_KIB = 65_536;
const CHECKPOINT_PAGES = 16_384;

/** An open file, and what has to be said again to each new connection, which begins without any settings. */
export interface OpenSqlite {
  readonly client: Client;
  readonly url: string;
  readonly setUp: (client: Client) => Promise<void>;
}

/**
 * Opens an SQLite file, created with its folder when it is missing, in WAL mode: several processes read while one
 * writes.
 * @param durable whether a commit waits until it is on the disk
 * @throws SommelierError `database-unavailable`
 */
export async function openSqlite(address: SqliteAddress, durable: boolean): Promise<OpenSqlite> {
  const setUp = (client: Client) => configure(client, durable);
  try {
    mkdirSync(dirname(address.path), { recursive: true });
    const client = createClient({ url: pathToFileURL(address.path).href });
    await setUp(client);
    // Asked first, because changing the mode needs the whole file for itself.
    const mode = await client.execute('PRAGMA journal_mode');
    if (mode.rows[0]?.[0] !== 'wal') await client.execute('PRAGMA journal_mode = WAL');
    return { client, url: `file:${address.path}`, setUp };
  } catch (cause) {
    throw new SommelierError(
      'database-unavailable',
      `The SQLite file ${address.path} cannot be opened: ${(cause as Error).message}. Check that the folder can be ` +
        'written to and that the file is an SQLite database on a local disk.',
      { cause },
    );
  }
}

async function configure(client: Client, durable: boolean): Promise<void> {
  await client.execute(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  await client.execute(`PRAGMA cache_size = -${CACHE_KIB}`);
  await client.execute(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  // What is deleted, such as an erased user, is overwritten and not just forgotten.
  await client.execute('PRAGMA secure_delete = ON');
  // In WAL mode the file stays whole through a power failure either way; with NORMAL the last commits may be lost.
  await client.execute(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
}

/** Prisma's adapter around a client that is open already. */
export class SqliteAdapterFactory extends PrismaLibSql {
  readonly #client: Client;

  constructor({ client, url, setUp }: OpenSqlite) {
    super({ url });
    this.#client = sharedClient(client, setUp);
  }

  override createClient(): Client {
    return this.#client;
  }
}
