import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SommelierError } from '@sommelier/contracts';
import { keySegments } from './artifact-keys.ts';
import type { ArtifactStore } from './artifact-store.ts';

const NO_SCOPE = 'put';
/** Of one version, or of one run's checkpoints. */
const OWN_FOLDER = /[/\\](models|checkpoints)[/\\][^/\\]+$/;
/** A piece of a file: long enough to be fast, short enough to leave the disk's threads to others now and then. */
const READ_BYTES = 4 * 1024 * 1024;

/**
 * An artifact store in a folder, which several machines may share. A reader sees a file whole or not at all, also after
 * a power failure: bytes, then name, then folder are synced. The folder is made by the first `put`.
 *
 * All calls throw SommelierError `artifact-store`, with the path and the cause, when the folder cannot be used.
 * @param options.scope whose writing it is: temporary files carry it in their names, so that `removeTemporaryFiles`
 *   finds what a writer that was cut off has left
 */
export function openArtifactStore(folder: string, options: { scope?: string } = {}): ArtifactStore {
  const root = resolve(folder);
  const pathOf = (key: string) => join(root, ...keySegments(key));
  return {
    put: async (key, bytes) =>
      writeWhole(root, pathOf(key), 'byteLength' in bytes ? [bytes] : bytes, options.scope ?? NO_SCOPE),
    get: async (key) => reading(key, pathOf(key), (path) => readFile(path)),
    getShared: async (key) => reading(key, pathOf(key), readShared),
    list: async (prefix) => listKeys(root, prefix),
    delete: async (key) => remove(pathOf(key)),
  };
}

async function writeWhole(
  root: string,
  path: string,
  parts: readonly Uint8Array[],
  scope: string,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${scope}.${randomUUID()}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    await writeSynced(temporary, parts);
    await rename(temporary, path);
    // Up to the root, since the folders on the way may be new as well.
    for (let each = folder; each.length >= root.length; each = dirname(each)) await syncFolder(each);
  } catch (error) {
    // What went wrong first is what the caller has to hear.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storeError(path, 'be written', error);
  }
}

async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'wx');
  try {
    // Each where the one before it ended.
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows does not open folders; its file systems journal names by themselves.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function reading<T>(key: string, path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    if (isMissing(error)) {
      throw new SommelierError('artifact-not-found', `The artifact store has no ${key} (${path})`, {
        cause: error,
      });
    }
    throw storeError(path, 'be read', error);
  }
}

async function readShared(path: string): Promise<SharedArrayBuffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = new SharedArrayBuffer(size);
    for (let at = 0; at < size; ) {
      const piece = new Uint8Array(buffer, at, Math.min(READ_BYTES, size - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error(`it ended at byte ${at} of ${size}`);
      at += bytesRead;
    }
    return buffer;
  } finally {
    await file.close();
  }
}

async function listKeys(root: string, prefix: string): Promise<string[]> {
  // The folder of the prefix is the one that is read; its last part may be the beginning of a name.
  const slash = prefix.lastIndexOf('/');
  const segments = slash === -1 ? [] : keySegments(prefix.slice(0, slash));
  const keys: string[] = [];
  await collect(root, segments, keys);
  return keys.filter((key) => key.startsWith(prefix)).sort();
}

async function collect(root: string, segments: readonly string[], keys: string[]): Promise<void> {
  const path = join(root, ...segments);
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return;
    throw storeError(path, 'be listed', error);
  }
  for (const entry of entries) {
    // Temporary files, and what a person or a file system left there.
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) await collect(root, [...segments, entry.name], keys);
    else if (entry.isFile()) keys.push([...segments, entry.name].join('/'));
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path);
    await syncFolder(dirname(path));
    await removeIfEmpty(path);
  } catch (error) {
    if (!isMissing(error)) throw storeError(path, 'be deleted', error);
  }
}

/** Takes away the folder of one version or run when its last file went; the folders above it are shared. */
async function removeIfEmpty(path: string): Promise<void> {
  if (OWN_FOLDER.test(dirname(path))) await rmdir(dirname(path)).catch(() => undefined);
}

/**
 * Removes temporary files of writers that were cut off: those of one scope, or those that are older than a time.
 * @returns how many
 * @throws SommelierError `artifact-store`
 */
export async function removeTemporaryFiles(
  folder: string,
  which: { scope: string } | { olderThanMs: number },
): Promise<number> {
  const root = resolve(folder);
  let removed = 0;
  try {
    const entries = await readdir(root, { withFileTypes: true, recursive: true });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || !(await isTemporary(path, entry.name, which))) continue;
      await rm(path, { force: true });
      await removeIfEmpty(path);
      removed++;
    }
  } catch (error) {
    if (!isMissing(error)) throw storeError(root, 'be cleaned', error);
  }
  return removed;
}

async function isTemporary(
  path: string,
  name: string,
  which: { scope: string } | { olderThanMs: number },
): Promise<boolean> {
  if (!name.startsWith('.') || !name.endsWith('.tmp')) return false;
  if ('scope' in which) return name.startsWith(`.${which.scope}.`);
  return (await stat(path)).mtimeMs < which.olderThanMs;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function storeError(path: string, what: string, error: unknown): SommelierError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new SommelierError('artifact-store', `${path} cannot ${what}: ${advice(code)}${message}`, {
    cause: error,
  });
}

function advice(code: string | undefined): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'no space is left; free some. ';
  if (code === 'EACCES' || code === 'EPERM') return 'the process may not; give its user the rights. ';
  if (code === 'EROFS') return 'the file system is read-only. ';
  return '';
}
