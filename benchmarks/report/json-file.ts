import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/**
 * Finds out before the measurement, not after it, whether the result can be written; leaves nothing behind.
 * @throws UsageError
 */
export async function requireWritable(path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw new Error('it is a folder');
    await writeFile(temporary, '');
    await rm(temporary);
  } catch (error) {
    throw new UsageError(
      `--json ${path} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Writes beside the file and renames, so that no reader ever sees half of it. */
export async function writeJson(path: string, content: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
