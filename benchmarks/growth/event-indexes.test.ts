import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient } from '@libsql/client';
import { migrateDatabase, openDatabase } from '@sommelier/platform';
import { loadWithoutEventIndexes } from './event-indexes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sommelier-event-indexes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (user: number, timestampMs: number) => ({
  timestampMs,
  userId: `u${user}`,
  itemId: 'i',
  type: 'view',
});
/** Some twice in a batch, one in three batches, one as the last of all. */
const BATCHES = [
  [event(3, 10), event(1, 10), event(3, 10), event(2, 10)],
  [event(3, 10), event(1, 11), event(4, 10), event(4, 10)],
  [event(3, 10), event(5, 1), event(1, 10)],
];

async function query(path: string, sql: string): Promise<unknown[][]> {
  const client = createClient({ url: pathToFileURL(path).href });
  try {
    return (await client.execute(sql)).rows.map((row) => Object.values(row));
  } finally {
    client.close();
  }
}

const indexesOf = (path: string) =>
  query(
    path,
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'Event' ORDER BY name",
  );

async function store(path: string): Promise<void> {
  const database = await openDatabase({ url: `file:${path}` });
  try {
    for (const batch of BATCHES) await database.events.insert(batch);
  } finally {
    await database.close();
  }
}

describe('loading without the indexes of the events', () => {
  test('gives the rows, ids and indexes of an ordinary import, the first of equal events each', async () => {
    const [ordinary, quick] = [join(folder, 'ordinary.db'), join(folder, 'quick.db')];
    for (const path of [ordinary, quick]) await migrateDatabase(`file:${path}`);
    await store(ordinary);
    let meanwhile: unknown[][] | undefined;
    await loadWithoutEventIndexes(quick, async () => {
      meanwhile = await indexesOf(quick);
      await store(quick);
    });
    expect(meanwhile).toEqual([]);
    // The file alone: nothing may be left in the log beside it.
    const copy = join(folder, 'copy.db');
    copyFileSync(quick, copy);
    const rows =
      'SELECT id, hex(key), timestampMs, userId, itemId, type, transactionId FROM Event ORDER BY id';
    const stored = await query(copy, rows);
    expect(stored).toEqual(await query(ordinary, rows));
    expect(stored.map(([id]) => id)).toEqual([1, 2, 4, 6, 7, 10]);
    const indexes = await indexesOf(copy);
    expect(indexes).toEqual(await indexesOf(ordinary));
    expect(indexes.map(([name]) => name)).toContain('Event_key_key');
    expect(await query(copy, 'PRAGMA integrity_check')).toEqual([['ok']]);
  });

  test('what the load throws comes through', async () => {
    const path = join(folder, 'broken.db');
    await migrateDatabase(`file:${path}`);
    const load = () => Promise.reject(new Error('the import failed'));
    await expect(loadWithoutEventIndexes(path, load)).rejects.toThrow('the import failed');
  });
});
