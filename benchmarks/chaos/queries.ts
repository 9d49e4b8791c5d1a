import { ALL_SUBJECTS, connectMysql, type MysqlAddress, parseDatabaseUrl } from '@sommelier/platform';
import type { StoredEvent } from './event-ledger.ts';
import type { RunRow } from './observation.ts';

/** What the product has no way to ask or do: straight to the tables of a MySQL database. */
export class Queries {
  readonly #address: MysqlAddress;

  /** @throws Error when the address is that of another database */
  constructor(url: string) {
    const address = parseDatabaseUrl(url);
    if (address.provider !== 'mysql') throw new Error(`${url} is no address of a MySQL database`);
    this.#address = address;
  }

  async runs(): Promise<RunRow[]> {
    const rows = await this.#query<Omit<RunRow, 'code'> & { error: string | null }>(
      'SELECT id, status, error, attempts, modelVersion, finishedAtMs FROM TrainingRun',
    );
    return rows.map(({ error, ...row }) => ({
      ...row,
      code: error === null ? null : String((JSON.parse(error) as { code: unknown }).code),
    }));
  }

  activations(): Promise<{ version: string; activatedBy: string }[]> {
    return this.#query('SELECT version, activatedBy FROM Activation');
  }

  /** Events of guests, and how many rows each has. */
  guestEvents(): Promise<StoredEvent[]> {
    return this.#query(
      "SELECT userId, itemId, COUNT(*) AS `rows` FROM Event WHERE userId LIKE 'guest-%' GROUP BY userId, itemId",
    );
  }

  async serverVersion(): Promise<string> {
    const [row] = await this.#query<{ version: string }>('SELECT VERSION() AS version');
    return row?.version ?? 'unknown';
  }

  /** Takes back what was put into the log under this transaction, and tells the replicas. */
  async deleteEventsOf(transactionId: string): Promise<void> {
    await this.#query('DELETE FROM Event WHERE transactionId = ?', [transactionId]);
    await this.#query(
      'INSERT INTO `Change` (kind, subject, atMs) SELECT ?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)',
      ['users', ALL_SUBJECTS],
    );
  }

  async #query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const connection = await connectMysql(this.#address, { bigIntAsNumber: true });
    try {
      return await connection.query<T[]>(sql, [...values]);
    } finally {
      await connection.end();
    }
  }
}
