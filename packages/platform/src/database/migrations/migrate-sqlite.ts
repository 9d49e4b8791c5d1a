import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, LibsqlError, type Transaction } from '@libsql/client';
import { SommelierError } from '@sommelier/contracts';
import type { SqliteAddress } from '../database-url.ts';
import { openSqlite } from '../sqlite-connection.ts';
import type { MigrationFile } from './migration-files.ts';
import { type MigrationRow, planMigrations } from './migration-plan.ts';

const LOCK_WAIT_MS = 60_000;
const LOCK_POLL_MS = 100;

/** The table of Prisma, word by word. */
const CREATE_LOG = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/** Applies what is missing. Each migration and its record are one transaction under the write lock. */
export async function migrateSqlite(
  address: SqliteAddress,
  files: readonly MigrationFile[],
  onApply: (name: string) => void,
): Promise<string[]> {
  const { client } = await openSqlite(address, false);
  const applied: string[] = [];
  try {
    for (;;) {
      const name = await applyNext(client, files);
      if (name === undefined) return applied;
      applied.push(name);
      onApply(name);
    }
  } finally {
    client.close();
  }
}

/** Applies the first migration that is missing; undefined when none is. */
async function applyNext(client: Client, files: readonly MigrationFile[]): Promise<string | undefined> {
  const transaction = await lock(client);
  try {
    await transaction.execute(CREATE_LOG);
    const [next] = planMigrations(files, await readLog(transaction));
    if (next === undefined) {
      await transaction.commit();
      return undefined;
    }
    await apply(transaction, next);
    await transaction.commit();
    return next.name;
  } finally {
    transaction.close();
  }
}

async function apply(transaction: Transaction, file: MigrationFile): Promise<void> {
  const startedAt = timeText();
  try {
    await transaction.executeMultiple(file.sql);
  } catch (cause) {
    throw new SommelierError(
      'migration-failed',
      `The migration "${file.name}" failed and was undone: ${(cause as Error).message}`,
      { cause },
    );
  }
  await transaction.execute({
    sql: `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, started_at,
      applied_steps_count) VALUES (?, ?, ?, ?, '', ?, 1)`,
    args: [randomUUID(), file.checksum, timeText(), file.name, startedAt],
  });
}

/** Now, as Prisma writes times into SQLite. */
function timeText(): string {
  return new Date().toISOString().replace('Z', '+00:00');
}

async function readLog(transaction: Transaction): Promise<MigrationRow[]> {
  const { rows } = await transaction.execute(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back,
      logs FROM _prisma_migrations ORDER BY started_at`,
  );
  return rows.map((row) => ({
    name: String(row.migration_name),
    checksum: String(row.checksum),
    finished: Number(row.finished) === 1,
    rolledBack: Number(row.rolled_back) === 1,
    logs: row.logs === null ? null : String(row.logs),
  }));
}

async function lock(client: Client): Promise<Transaction> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      // Asks for the lock and gives it back, without leaving a refused statement behind: see sharedClient.
      await client.executeMultiple('BEGIN IMMEDIATE');
      return await client.transaction('write');
    } catch (cause) {
      if (!(cause instanceof LibsqlError) || cause.code !== 'SQLITE_BUSY') throw cause;
      client.reconnect();
      if (performance.now() < deadline) {
        await sleep(LOCK_POLL_MS);
        continue;
      }
      throw new SommelierError(
        'migration-failed',
        `The database stayed locked for ${LOCK_WAIT_MS / 1000} s: another process writes to it. Try again later.`,
        { cause },
      );
    }
  }
}
