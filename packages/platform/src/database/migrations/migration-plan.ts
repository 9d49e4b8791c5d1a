import { SommelierError } from '@sommelier/contracts';
import type { MigrationFile } from './migration-files.ts';

/** A row of `_prisma_migrations`, as far as it matters here. */
export interface MigrationRow {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolledBack: boolean;
  readonly logs: string | null;
}

/**
 * The migrations that are still to be applied, in order.
 * @throws SommelierError `migration-failed` when the database's history is not the one of these files
 */
export function planMigrations(
  files: readonly MigrationFile[],
  rows: readonly MigrationRow[],
): MigrationFile[] {
  const applied = new Set<string>();
  for (const row of rows) {
    if (row.rolledBack) continue;
    if (!row.finished) throw halfApplied(row);
    const file = files.find(({ name }) => name === row.name);
    if (file === undefined) {
      throw new SommelierError(
        'migration-failed',
        `The database has the migration "${row.name}", which this version does not know: it was migrated by a newer ` +
          'one. Run that version, or restore a backup from before.',
      );
    }
    if (file.checksum !== row.checksum) {
      throw new SommelierError(
        'migration-failed',
        `The migration "${row.name}" was changed after it was applied to this database. Restore the file (line ends ` +
          'count too); changes belong into a new migration.',
      );
    }
    applied.add(row.name);
  }
  return files.filter(({ name }) => !applied.has(name));
}

function halfApplied(row: MigrationRow): SommelierError {
  const logs = row.logs === null || row.logs === '' ? '' : ` It said: ${row.logs.slice(0, 500)}`;
  return new SommelierError(
    'migration-failed',
    `The migration "${row.name}" began on this database and did not finish.${logs} Undo by hand what it had done, ` +
      `then delete its row from _prisma_migrations (or run "prisma migrate resolve --rolled-back ${row.name}") and ` +
      'migrate again.',
  );
}
