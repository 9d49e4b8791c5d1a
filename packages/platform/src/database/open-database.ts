import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaClient as MysqlClient, Prisma } from '../generated/mysql/client.ts';
import { PrismaClient as SqliteClient } from '../generated/sqlite/client.ts';
import { PrismaApiKeyStore } from './api-key-store.ts';
import { PrismaChangeStore } from './change-store.ts';
import type { Client, Connection } from './client.ts';
import type { Database } from './database.ts';
import { type MysqlAddress, parseDatabaseUrl, type SqliteAddress } from './database-url.ts';
import { PrismaErasureStore } from './erasure-store.ts';
import { PrismaEventStore } from './event-store.ts';
import { PrismaItemStore } from './item-store.ts';
import { PrismaModelStore } from './model-store.ts';
import { connectMysql, mysqlPoolConfig } from './mysql-connection.ts';
import { PrismaQueueStateStore } from './queue-state-store.ts';
import { PrismaReplicaLeaseStore } from './replica-lease-store.ts';
import { retrying } from './retrying.ts';
import { PrismaScheduleStore } from './schedule-store.ts';
import { openSqlite, SqliteAdapterFactory } from './sqlite-connection.ts';
import { PrismaTrainingRunStore } from './training-run-store.ts';

/**
 * Opens the database at `mysql://...` or `file:...` and checks that it answers. The tables have to be there already
 * (`migrateDatabase`): what needs a missing one fails with `database-unavailable`.
 * @param options.durable on SQLite, what is committed survives a power failure too, for which every commit waits for the
 *   disk; otherwise the last commits may be lost then (never by the end of a process). Elsewhere the server decides.
 * @throws SommelierError `database-url`, `database-unavailable`; neither text contains the password
 */
export async function openDatabase(options: { url: string; durable?: boolean }): Promise<Database> {
  const address = parseDatabaseUrl(options.url);
  const client =
    address.provider === 'mysql'
      ? await openMysqlClient(address)
      : await openSqliteClient(address, options.durable ?? false);
  const run = retrying(address);
  const connection: Connection = { provider: address.provider, client, run };
  return {
    provider: address.provider,
    events: new PrismaEventStore(connection),
    items: new PrismaItemStore(connection),
    changes: new PrismaChangeStore(connection),
    trainingRuns: new PrismaTrainingRunStore(connection),
    models: new PrismaModelStore(connection),
    replicaLeases: new PrismaReplicaLeaseStore(connection),
    erasures: new PrismaErasureStore(connection),
    schedules: new PrismaScheduleStore(connection),
    queueState: new PrismaQueueStateStore(connection),
    apiKeys: new PrismaApiKeyStore(connection),
    ping: () => ping(connection),
    close: () => client.$disconnect(),
  };
}

async function ping({ client, run }: Connection): Promise<void> {
  await run(() => client.$queryRaw(Prisma.sql`SELECT 1`));
}

async function openMysqlClient(address: MysqlAddress): Promise<Client> {
  // A pool waits for a connection until its own limit and then says little: one connection first says why at once.
  const connection = await connectMysql(address);
  await connection.end();
  const adapter = new PrismaMariaDb(mysqlPoolConfig(address), { database: address.database });
  return new MysqlClient({ adapter, errorFormat: 'minimal' });
}

async function openSqliteClient(address: SqliteAddress, durable: boolean): Promise<Client> {
  const adapter = new SqliteAdapterFactory(await openSqlite(address, durable));
  return new SqliteClient({ adapter, errorFormat: 'minimal' }) as unknown as Client;
}
