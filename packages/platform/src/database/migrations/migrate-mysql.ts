import { randomUUID } from 'node:crypto';
import { isSommelierError, SommelierError } from '@sommelier/contracts';
import type { Connection } from 'mariadb';
import { describeAddress, type MysqlAddress } from '../database-url.ts';
import { connectMysql } from '../mysql-connection.ts';
import type { MigrationFile } from './migration-files.ts';
import { type MigrationRow, planMigrations } from './migration-plan.ts';

/** Name of the lock that Prisma takes too, so that both never migrate at the same time. */
const LOCK_NAME = 'prisma_migrate';
const LOCK_WAIT_S = 60;
const UNKNOWN_DATABASE = 1049;
const MAX_LOG_CHARACTERS = 10_000;

/** The table of Prisma, word by word. */
const CREATE_LOG = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             DATETIME(3),
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          DATETIME(3),
    started_at              DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    applied_steps_count     INTEGER UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`;

/**
 * Applies what is missing, under a lock. MySQL cannot undo a CREATE TABLE: a migration is recorded before it begins,
 * and one that fails stays recorded as unfinished, which stops every later attempt until somebody has looked at it.
 */
export async function migrateMysql(
  address: MysqlAddress,
  files: readonly MigrationFile[],
  onApply: (name: string) => void,
): Promise<string[]> {
  const connection = await connectCreating(address);
  try {
    return await underLock(connection, address, async () => {
      await connection.query(CREATE_LOG);
      const pending = planMigrations(files, await readLog(connection));
      for (const file of pending) {
        await apply(connection, file);
        onApply(file.name);
      }
      return pending.map(({ name }) => name);
    });
  } finally {
    await connection.end();
  }
}

/** Connects, and creates the database first where it is missing. */
async function connectCreating(address: MysqlAddress): Promise<Connection> {
  const settings = { multipleStatements: true };
  try {
    return await connectMysql(address, settings);
  } catch (error) {
    if (!isUnknownDatabase(error)) throw error;
  }
  const connection = await connectMysql(address, { database: undefined });
  try {
    const name = connection.escapeId(address.database);
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  } catch (cause) {
    throw new SommelierError(
      'migration-failed',
      `The ${describeAddress(address)} does not exist and the user "${address.user}" may not create it: create it, ` +
        'or log in as a user who may.',
      { cause },
    );
  } finally {
    await connection.end();
  }
  return connectMysql(address, settings);
}

function isUnknownDatabase(error: unknown): boolean {
  const cause = isSommelierError(error) ? (error.cause as { errno?: number } | undefined) : undefined;
  return cause?.errno === UNKNOWN_DATABASE;
}

async function underLock<T>(
  connection: Connection,
  address: MysqlAddress,
  work: () => Promise<T>,
): Promise<T> {
  const [row] = await connection.query<{ locked: unknown }[]>('SELECT GET_LOCK(?, ?) AS locked', [
    LOCK_NAME,
    LOCK_WAIT_S,
  ]);
  if (Number(row?.locked) !== 1) {
    throw new SommelierError(
      'migration-failed',
      `Another migration has held the lock at ${address.host}:${address.port} for ${LOCK_WAIT_S} s. Try again later.`,
    );
  }
  try {
    return await work();
  } finally {
    await connection.query('SELECT RELEASE_LOCK(?)', [LOCK_NAME]);
  }
}

async function apply(connection: Connection, file: MigrationFile): Promise<void> {
  const id = randomUUID();
  await connection.query(
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES (?, ?, ?, UTC_TIMESTAMP(3))',
    [id, file.checksum, file.name],
  );
  try {
    await connection.query(file.sql);
  } catch (cause) {
    const logs = (cause as Error).message.slice(0, MAX_LOG_CHARACTERS);
    await connection.query('UPDATE _prisma_migrations SET logs = ? WHERE id = ?', [logs, id]);
    throw new SommelierError(
      'migration-failed',
      `The migration "${file.name}" failed: ${logs.slice(0, 500)}. MySQL cannot undo it by itself: undo by hand what it ` +
        'had done and delete its row from _prisma_migrations before you migrate again.',
      { cause },
    );
  }
  await connection.query(
    `UPDATE _prisma_migrations SET finished_at = UTC_TIMESTAMP(3), logs = '', applied_steps_count = 1 WHERE id = ?`,
    [id],
  );
}

async function readLog(connection: Connection): Promise<MigrationRow[]> {
  const rows = await connection.query<
    { migration_name: string; checksum: string; finished: number; rolled_back: number; logs: string | null }[]
  >(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back,
      logs FROM _prisma_migrations ORDER BY started_at`,
  );
  return rows.map((row) => ({
    name: row.migration_name,
    checksum: row.checksum,
    finished: Number(row.finished) === 1,
    rolledBack: Number(row.rolled_back) === 1,
    logs: row.logs,
  }));
}
