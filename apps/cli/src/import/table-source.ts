import type { EventInput } from '@sommelier/contracts';
import { SommelierError } from '@sommelier/contracts';
import { connectMysql, describeAddress, type MysqlAddress, parseDatabaseUrl } from '@sommelier/platform';
import type { Connection } from 'mariadb';
import { EVENT_COLUMNS, toEvent } from './event-rows.ts';
import { type BadRow, Problem, type RowChunk, type RowSource } from './row-source.ts';

const ROWS_PER_CHUNK = 5_000;
const TABLE_NAME = /^[A-Za-z0-9_$]{1,64}$/;
const COLUMNS = [...EVENT_COLUMNS.required, ...EVENT_COLUMNS.optional];

/**
 * A MySQL table with the columns timestamp, visitorid, event, itemid and, if there is one, transactionid; numbers or
 * text, in any order, with or without a key. It is only read, as a stream.
 * @throws SommelierError `import-source`, `database-url`, `database-unavailable`
 */
export async function eventTable(url: string, table: string): Promise<RowSource<EventInput>> {
  const address = parseDatabaseUrl(url);
  if (address.provider !== 'mysql') {
    throw new SommelierError('import-source', 'A table can be imported from mysql://... only.');
  }
  if (!TABLE_NAME.test(table)) {
    throw new SommelierError('import-source', `${JSON.stringify(table)} is not the name of a table.`);
  }
  const { columns, rows } = await inspect(address, table);
  return {
    name: `table ${table} of the ${describeAddress(address)}`,
    unit: 'rows',
    total: rows,
    chunks: () => readChunks(address, table, columns),
  };
}

/** The expressions to select, one for each of {@link COLUMNS}, and the number of rows. */
async function inspect(address: MysqlAddress, table: string): Promise<{ columns: string[]; rows: number }> {
  const connection = await connectMysql(address);
  try {
    const found = await connection.query<{ name: string }[]>(
      'SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      [address.database, table],
    );
    const names = new Map(found.map(({ name }) => [name.toLowerCase(), name]));
    const missing = EVENT_COLUMNS.required.filter((name) => !names.has(name));
    if (missing.length > 0) {
      const what = names.size === 0 ? 'does not exist' : `has no column ${missing.join(', ')}`;
      throw new SommelierError(
        'import-source',
        `The table ${table} of the ${describeAddress(address)} ${what}; expected the columns ${COLUMNS.join(', ')}.`,
      );
    }
    const columns = COLUMNS.map((name) => {
      const own = names.get(name);
      return own === undefined ? 'NULL' : connection.escapeId(own);
    });
    const [count] = await connection.query<{ n: unknown }[]>(
      `SELECT COUNT(*) AS n FROM ${connection.escapeId(table)}`,
    );
    return { columns, rows: Number(count?.n) };
  } finally {
    await connection.end();
  }
}

async function* readChunks(
  address: MysqlAddress,
  table: string,
  columns: readonly string[],
): AsyncIterable<RowChunk<EventInput>> {
  const connection = await connectMysql(address);
  const sql = `SELECT ${columns.join(', ')} FROM ${connection.escapeId(table)}`;
  let chunk: { rows: EventInput[]; bad: BadRow[] } = { rows: [], bad: [] };
  let row = 0;
  try {
    for await (const values of stream(connection, sql)) {
      row++;
      const event = toEvent(values.map(asText), []);
      if (event instanceof Problem) chunk.bad.push({ line: row, reason: event.reason });
      else chunk.rows.push(event);
      if (row % ROWS_PER_CHUNK !== 0) continue;
      yield { ...chunk, done: row };
      chunk = { rows: [], bad: [] };
    }
    yield { ...chunk, done: row };
  } catch (cause) {
    if (cause instanceof SommelierError) throw cause;
    const message = (cause as Error).message;
    throw new SommelierError(
      'import-source',
      `Reading the table ${table} failed after ${row} rows: ${message}`,
      {
        cause,
      },
    );
  } finally {
    // Not `end`, which would wait for a stream that nobody reads to its end.
    connection.destroy();
  }
}

function stream(connection: Connection, sql: string): AsyncIterable<unknown[]> {
  return connection.queryStream({ sql, rowsAsArray: true, dateStrings: true }) as unknown as AsyncIterable<
    unknown[]
  >;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}
