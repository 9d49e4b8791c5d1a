import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client';

/** For sorting: 1 GiB. */
const CACHE_KIB = 1_048_576;

/** CROSS JOIN: the events are passed over once, and looked up among the few keys that are repeated. */
const DELETE_REPEATED = `
  WITH repeated AS MATERIALIZED (SELECT key, MIN(id) AS first FROM Event GROUP BY key HAVING COUNT(*) > 1)
  DELETE FROM Event WHERE id IN (
    SELECT event.id FROM Event AS event CROSS JOIN repeated ON event.key = repeated.key WHERE event.id > repeated.first)`;

/**
 * Loads events into an SQLite database without events while its table of them has no index, and builds the indexes
 * afterwards. Keys are random, so that with the indexes every batch would write nearly all of their pages again: the
 * time would grow with the square of the events. What the unique key refuses in an ordinary import, all but the first
 * event of a key, is deleted before that index is built: the same rows, with the same ids, come out.
 *
 * Nobody else may use the database meanwhile, and a failure leaves it without its indexes.
 */
export async function loadWithoutEventIndexes(path: string, load: () => Promise<void>): Promise<void> {
  const indexes = await withClient(path, async (client) => {
    const { rows } = await client.execute(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'Event' AND sql IS NOT NULL",
    );
    for (const { name } of rows) await client.execute(`DROP INDEX "${String(name)}"`);
    return rows.map(({ sql }) => String(sql));
  });
  await load();
  await withClient(path, async (client) => {
    await client.execute(`PRAGMA cache_size = -${CACHE_KIB}`);
    await client.execute(DELETE_REPEATED);
    for (const sql of indexes) await client.execute(sql);
    // The file alone is copied and kept.
    await client.execute('PRAGMA wal_checkpoint(TRUNCATE)');
  });
}

async function withClient<T>(path: string, use: (client: ReturnType<typeof createClient>) => Promise<T>) {
  const client = createClient({ url: pathToFileURL(path).href });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
