import { parseDatabaseUrl } from '../database-url.ts';
import { migrateMysql } from './migrate-mysql.ts';
import { migrateSqlite } from './migrate-sqlite.ts';
import { readMigrationFiles } from './migration-files.ts';

/**
 * Creates the database if it is missing and applies the migrations that it lacks, recorded as Prisma records them, so
 * that `prisma migrate deploy` and this agree. Safe to run from several processes at once.
 * @returns the names of the migrations that this call applied
 * @throws SommelierError `database-url`, `database-unavailable`, `migration-failed`
 */
export async function migrateDatabase(
  url: string,
  options: { onApply?: (name: string) => void; prismaFolder?: URL } = {},
): Promise<{ applied: string[] }> {
  const address = parseDatabaseUrl(url);
  const files = await readMigrationFiles(address.provider, options.prismaFolder);
  const onApply = options.onApply ?? (() => {});
  const applied =
    address.provider === 'mysql'
      ? await migrateMysql(address, files, onApply)
      : await migrateSqlite(address, files, onApply);
  return { applied };
}
