import { Prisma } from '../generated/mysql/client.ts';
import type { DatabaseProvider } from './database.ts';

/** The database's own clock in Unix milliseconds: every writer and reader of an installation has the same one. */
export function databaseNowSql(provider: DatabaseProvider): Prisma.Sql {
  return provider === 'sqlite'
    ? Prisma.sql`CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)`
    : Prisma.sql`CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)`;
}

/** Stores changes `[kind, subject]`, given as one JSON text, with the database's time of now. */
export function insertChangesSql(provider: DatabaseProvider, rowsJson: string): Prisma.Sql {
  const now = databaseNowSql(provider);
  if (provider === 'sqlite') {
    return Prisma.sql`
      INSERT INTO Change (kind, subject, atMs) SELECT value ->> 0, value ->> 1, ${now} FROM json_each(${rowsJson})`;
  }
  return Prisma.sql`
    INSERT INTO \`Change\` (kind, subject, atMs)
    SELECT k, s, ${now} FROM JSON_TABLE(${rowsJson}, '$[*]' COLUMNS (
      k VARCHAR(32) PATH '$[0]' ERROR ON ERROR, s VARCHAR(64) PATH '$[1]' ERROR ON ERROR
    )) AS batch`;
}
