import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SommelierError } from '@sommelier/contracts';
import type { DatabaseProvider } from '../database.ts';

/** A migration as it lies in `prisma/<provider>/migrations/<name>/migration.sql`. */
export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hexadecimal, as Prisma records it. */
  readonly checksum: string;
}

/** The repository's `prisma` folder; from `src` and from `dist` it is equally far. */
const PRISMA_FOLDER = new URL('../../../../../prisma/', import.meta.url);

/** All migrations of a provider, in the order in which they apply: by name, which begins with the time. */
export async function readMigrationFiles(
  provider: DatabaseProvider,
  prismaFolder: URL = PRISMA_FOLDER,
): Promise<MigrationFile[]> {
  const folder = new URL(`${provider}/migrations/`, prismaFolder);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return await Promise.all(names.sort().map((name) => readMigration(folder, name)));
  } catch (cause) {
    throw new SommelierError(
      'migration-failed',
      `The migrations in ${fileURLToPath(folder)} cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function readMigration(folder: URL, name: string): Promise<MigrationFile> {
  const bytes = await readFile(new URL(`${name}/migration.sql`, folder));
  return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
}
