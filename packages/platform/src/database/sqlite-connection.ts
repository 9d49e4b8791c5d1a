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

/**
 * Opens an SQLite file, created with its folder when it is missing, in WAL mode: several processes read while one
 * writes.
 * @throws SommelierError `database-unavailable`
 */
export async function openSqlite(address: SqliteAddress): Promise<Client> {
  try {
    mkdirSync(dirname(address.path), { recursive: true });
    const client = createClient({ url: pathToFileURL(address.path).href });
    await setUp(client);
    // Asked first, because changing the mode needs the whole file for itself.
    const mode = await client.execute('PRAGMA journal_mode');
    if (mode.rows[0]?.[0] !== 'wal') await client.execute('PRAGMA journal_mode = WAL');
    return client;
  } catch (cause) {
    throw new SommelierError(
      'database-unavailable',
      `The SQLite file ${address.path} cannot be opened: ${(cause as Error).message}. Check that the folder can be ` +
        'written to and that the file is an SQLite database on a local disk.',
      { cause },
    );
  }
}

/** What a connection forgets when it is opened anew. */
async function setUp(client: Client): Promise<void> {
  await client.execute(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  await client.execute(`PRAGMA cache_size = -${CACHE_KIB}`);
  await client.execute(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  // In WAL mode the file stays whole through a power failure; only the last commits may be lost.
  await client.execute('PRAGMA synchronous = NORMAL');
}

/** Prisma's adapter around a client that is open already. */
export class SqliteAdapterFactory extends PrismaLibSql {
  readonly #client: Client;

  constructor(client: Client, url: string) {
    super({ url });
    this.#client = sharedClient(client, setUp);
  }

  override createClient(): Client {
    return this.#client;
  }
}
