import { Prisma } from '../generated/mysql/client.ts';
import type { DatabaseProvider } from './database.ts';

/** Stores rows `[key, timestampMs, userId, itemId, type, transactionId or '']`, given as one JSON text, once each. */
export function insertEventsSql(provider: DatabaseProvider, rowsJson: string): Prisma.Sql {
  if (provider === 'sqlite') {
    return Prisma.sql`
      INSERT OR IGNORE INTO Event (key, timestampMs, userId, itemId, type, transactionId)
      SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, NULLIF(value ->> 5, '')
      FROM json_each(${rowsJson})`;
  }
  return Prisma.sql`
    INSERT IGNORE INTO Event (\`key\`, timestampMs, userId, itemId, type, transactionId)
    SELECT UNHEX(k), t, u, i, y, NULLIF(x, '') FROM JSON_TABLE(${rowsJson}, '$[*]' COLUMNS (
      k CHAR(32) PATH '$[0]' ERROR ON ERROR,
      t BIGINT PATH '$[1]' ERROR ON ERROR,
      u VARCHAR(64) PATH '$[2]' ERROR ON ERROR,
      i VARCHAR(64) PATH '$[3]' ERROR ON ERROR,
      y VARCHAR(32) PATH '$[4]' ERROR ON ERROR,
      x VARCHAR(64) PATH '$[5]' ERROR ON ERROR
    )) AS batch`;
}

/** Between the fields of packed rows on MySQL: the one character that no id may contain. */
export const FIELD_SEPARATOR = '\0';

/**
 * One page of events as a single row: `lastId`, the last id that was looked at; `matching`, the number of events in the
 * time range; `packed`, these events in one text, which is several times cheaper than a value a cell: on SQLite JSON
 * `[[timestampMs, userId, itemId, type], ...]`, on MySQL the same fields with {@link FIELD_SEPARATOR} between them all
 * (MariaDB's JSON_ARRAY cuts strings of many control characters).
 */
export function readPageSql(
  provider: DatabaseProvider,
  page: { afterId: number; lastId: number; afterMs: number; untilMs: number; rows: number },
): Prisma.Sql {
  const rows = Prisma.sql`
    SELECT id, timestampMs, userId, itemId, type, timestampMs > ${page.afterMs} AND timestampMs <= ${page.untilMs} AS hit
    FROM Event WHERE id > ${page.afterId} AND id <= ${page.lastId} ORDER BY id LIMIT ${page.rows}`;
  if (provider === 'sqlite') {
    return Prisma.sql`
      SELECT MAX(id) AS lastId, SUM(hit) AS matching,
        json_group_array(json_array(timestampMs, userId, itemId, type)) FILTER (WHERE hit) AS packed
      FROM (${rows})`;
  }
  return Prisma.sql`
    SELECT MAX(id) AS lastId, CAST(SUM(hit) AS SIGNED) AS matching,
      GROUP_CONCAT(IF(hit, CONCAT_WS(_utf8mb4 x'00', timestampMs, userId, itemId, type), NULL) SEPARATOR '\\0') AS packed
    FROM (${rows}) AS page`;
}
