import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { SommelierError } from '@sommelier/contracts';
import { csvFile } from './csv-file.ts';
import type { RowFile } from './exported-rows.ts';
import { parquetFile } from './parquet-file.ts';

const FORMATS: Record<string, (path: string) => RowFile> = {
  '.csv': (path) => csvFile(path, { gzip: false }),
  '.csv.gz': (path) => csvFile(path, { gzip: true }),
  '.parquet': (path) => parquetFile(path),
};

/** What a file is written with, by the end of its name. */
function formatOf(path: string): (path: string) => RowFile {
  const found = Object.entries(FORMATS).find(([ending]) => path.toLowerCase().endsWith(ending));
  if (found !== undefined) return found[1];
  const endings = Object.keys(FORMATS).join(', ');
  throw new SommelierError(
    'invalid-request',
    `${path} must end in one of ${endings}: that chooses the format.`,
  );
}

/**
 * Checks that a file can be written under its name.
 * @throws SommelierError `invalid-request` when its name says no format, or it exists and may not be replaced
 */
export async function checkTarget(path: string, options: { readonly force: boolean }): Promise<void> {
  formatOf(path);
  if (options.force || (await stat(path).catch(() => undefined)) === undefined) return;
  throw new SommelierError('invalid-request', `${path} is there already; replace it with --force.`);
}

/**
 * Writes a file under a temporary name, synced, and renames it when it is complete: whoever finds the file finds all of
 * it. A failure leaves none behind.
 * @throws SommelierError `export-failed` when it cannot be written; what `fill` throws
 */
export async function writeComplete<T>(path: string, fill: (file: RowFile) => Promise<T>): Promise<T> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const file = formatOf(path)(partial);
    try {
      const result = await fill(file);
      await file.finish();
      await sync(partial);
      await rename(partial, path);
      return result;
    } catch (error) {
      await file.abandon();
      throw error;
    }
  } catch (error) {
    if (!isFileError(error)) throw error;
    const message = `${path} cannot be written: ${error.message}. Choose a folder that exists, on a disk with room.`;
    throw new SommelierError('export-failed', message, { cause: error });
  } finally {
    await rm(partial, { force: true });
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Told by its fields: errors of Node.js are not instances of every realm's Error. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error;
}
