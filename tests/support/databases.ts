import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseProvider, migrateDatabase } from '@sommelier/platform';
import { type Connection, createConnection } from 'mariadb';

export const PROVIDERS: readonly DatabaseProvider[] = ['sqlite', 'mysql'];

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** An address where no database is yet. `drop` removes what a test has put there. */
export async function emptyDatabase(provider: DatabaseProvider): Promise<TestDatabase> {
  const name = `sommelier_test_${randomBytes(6).toString('hex')}`;
  if (provider === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), `${name}-`));
    return {
      url: `file:${join(folder, 'test.db')}`,
      drop: () => rm(folder, { recursive: true, force: true }),
    };
  }
  const url = new URL(mysqlServerUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onMysqlServer(`DROP DATABASE IF EXISTS ${name}`) };
}

/** A database with all tables and no rows. */
export async function freshDatabase(provider: DatabaseProvider): Promise<TestDatabase> {
  const database = await emptyDatabase(provider);
  await migrateDatabase(database.url);
  return database;
}

/** Runs SQL on a MySQL database, for what the product itself would never do. */
export async function onMysql<T = unknown>(url: string, sql: string, values?: unknown[]): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection: Connection = await createConnection({
    host: hostname,
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(pathname.length > 1 && { database: pathname.slice(1) }),
    allowPublicKeyRetrieval: true,
    multipleStatements: true,
  });
  try {
    return await connection.query<T>(sql, values);
  } finally {
    await connection.end();
  }
}

async function onMysqlServer(sql: string): Promise<void> {
  const url = new URL(mysqlServerUrl());
  url.pathname = '/';
  await onMysql(url.href, sql);
}

function mysqlServerUrl(): string {
  const url = process.env.TEST_MYSQL_URL;
  if (url === undefined) throw new Error('TEST_MYSQL_URL is not set: tests/support/global-setup.ts sets it');
  return url;
}
