import { type Client, type InStatement, LibsqlError, type ResultSet, type Transaction } from '@libsql/client';

const WRITES = /^\s*(insert|update|delete|replace|begin)\b/i;

/**
 * A client that stays usable while other processes write to the same file. It works around two properties of libsql:
 *
 * - A prepared statement that met a busy file is never reset, and as long as it lives every COMMIT of its connection
 *   fails with "SQL statements in progress". So a write first takes and gives back the write lock by `executeMultiple`,
 *   which prepares nothing that could be left behind; and where another process slips in between all the same, the
 *   connection is replaced.
 * - The client opens another connection after each transaction, which has lost its settings. So a transaction runs on
 *   the client's one connection, under the write lock from its start; Prisma's adapter lets nothing else through while
 *   it is open.
 *
 * @param setUp applies the settings to a new connection
 */
export function sharedClient(client: Client, setUp: (client: Client) => Promise<void>): Client {
  let inTransaction = false;

  const guarded = async (statement: InStatement): Promise<ResultSet> => {
    const sql = typeof statement === 'string' ? statement : statement.sql;
    // Rolls back by itself at its end: this only asks whether the lock is free, for as long as the busy timeout.
    if (!inTransaction && WRITES.test(sql)) await client.executeMultiple('BEGIN IMMEDIATE');
    try {
      return await client.execute(statement);
    } catch (error) {
      if (!inTransaction && isBusy(error)) await reopen();
      throw error;
    }
  };

  const reopen = async (): Promise<void> => {
    client.reconnect();
    await setUp(client);
  };

  const transaction = async (): Promise<Transaction> => {
    await guarded('BEGIN IMMEDIATE');
    inTransaction = true;
    const end = async (statement: string): Promise<void> => {
      if (!inTransaction) return;
      try {
        await client.execute(statement);
        inTransaction = false;
      } catch (error) {
        // Closing the connection undoes what it has not committed.
        inTransaction = false;
        await reopen();
        throw error;
      }
    };
    return {
      execute: guarded,
      batch: async (statements) => {
        const results: ResultSet[] = [];
        for (const statement of statements) results.push(await guarded(toStatement(statement)));
        return results;
      },
      executeMultiple: () => Promise.reject(new Error('A script cannot run inside this transaction')),
      commit: () => end('COMMIT'),
      rollback: () => end('ROLLBACK'),
      close: () => void end('ROLLBACK').catch(() => {}),
      get closed() {
        return !inTransaction;
      },
    };
  };

  return new Proxy(client, {
    get(target, property) {
      if (property === 'transaction') return transaction;
      if (property === 'execute') return guarded;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code === 'SQLITE_BUSY';
}

type BatchStatement = Parameters<Transaction['batch']>[0][number];

function toStatement(statement: BatchStatement): InStatement {
  return Array.isArray(statement) ? { sql: statement[0], args: statement[1] ?? [] } : statement;
}
