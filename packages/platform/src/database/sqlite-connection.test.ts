import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openSqlite, SqliteAdapterFactory } from './sqlite-connection.ts';

const NORMAL = 1;
const FULL = 2;

test.each([
  ['waits for the disk', true, FULL],
  ['does not wait for the disk', false, NORMAL],
])('a connection %s when it should, also after it was replaced', async (_name, durable, expected) => {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-sqlite-'));
  const open = await openSqlite({ provider: 'sqlite', path: join(folder, 'a.db') }, durable);
  try {
    const synchronous = async () => (await open.client.execute('PRAGMA synchronous')).rows[0]?.[0];
    expect(await synchronous()).toBe(expected);
    open.client.reconnect();
    await open.setUp(new SqliteAdapterFactory(open).createClient());
    expect(await synchronous()).toBe(expected);
  } finally {
    open.client.close();
    await rm(folder, { recursive: true, force: true });
  }
});
