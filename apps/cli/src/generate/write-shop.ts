import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type EventInput, SommelierError } from '@sommelier/contracts';
import type { GeneratedShop } from './shop.ts';

export interface WriteOptions {
  /** Write events.csv.gz instead of events.csv. */
  readonly gzip?: boolean;
  /** Replace files that are there already. */
  readonly force?: boolean;
  /** Called about a hundred times with the events written so far. */
  readonly onProgress?: (events: number) => void;
  /** Sees every event on its way to the file, so that it can be measured without being read again. */
  readonly onEvent?: (event: EventInput) => void;
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string;
  /** Rows without the header. */
  readonly rows: number;
  readonly sizeBytes: number;
}

const OUTPUTS = ['events.csv', 'events.csv.gz', 'items.csv', 'category_tree.csv'];
const CHUNK_LENGTH = 1 << 16;

/**
 * Writes a shop as `events.csv` (or `events.csv.gz`), `items.csv` and `category_tree.csv` into a folder, which is
 * made if need be. Files are written under temporary names and renamed when all are complete; a failure leaves
 * none of them behind. The same shop gives the same bytes.
 *
 * @throws SommelierError `invalid-request` when one of the files exists, is not empty and `force` is not set, or when
 *   the folder or the files cannot be written.
 */
export async function writeShop(
  shop: GeneratedShop,
  folder: string,
  options: WriteOptions = {},
): Promise<WrittenFile[]> {
  try {
    await mkdir(folder, { recursive: true });
    if (options.force !== true) await refuseToReplace(folder);
    return await writeAll(shop, folder, options);
  } catch (error) {
    if (!isFileError(error)) throw error;
    const message = `The shop cannot be written to ${folder}: ${error.message}. Choose a folder on a disk with room.`;
    throw new SommelierError('invalid-request', message, { cause: error });
  }
}

async function refuseToReplace(folder: string): Promise<void> {
  for (const name of OUTPUTS) {
    const path = join(folder, name);
    const existing = await stat(path).catch(() => undefined);
    if (existing === undefined || existing.size === 0) continue;
    throw new SommelierError(
      'invalid-request',
      `${path} is there already; choose another folder, or replace it with --force.`,
    );
  }
}

async function writeAll(shop: GeneratedShop, folder: string, options: WriteOptions): Promise<WrittenFile[]> {
  const events = options.gzip === true ? 'events.csv.gz' : 'events.csv';
  const contents: [name: string, lines: Iterable<string>][] = [
    ['category_tree.csv', categoryLines(shop)],
    ['items.csv', itemLines(shop)],
    [events, eventLines(shop, options)],
  ];
  const suffix = `.${randomUUID()}.partial`;
  const written: WrittenFile[] = [];
  try {
    for (const [name, lines] of contents) {
      const path = join(folder, name);
      const rows = await writeLines(path + suffix, lines, name.endsWith('.gz'));
      written.push({ path, rows, sizeBytes: (await stat(path + suffix)).size });
    }
    for (const { path } of written) await rename(path + suffix, path);
    // Two forms of the events side by side would be two shops.
    await rm(join(folder, options.gzip === true ? 'events.csv' : 'events.csv.gz'), { force: true });
    return written;
  } finally {
    for (const [name] of contents) await rm(join(folder, name) + suffix, { force: true });
  }
}

function* categoryLines(shop: GeneratedShop): Iterable<string> {
  yield 'categoryid,parentid';
  for (const { categoryId, parentId } of shop.categories) yield `${categoryId},${parentId ?? ''}`;
}

function* itemLines(shop: GeneratedShop): Iterable<string> {
  yield 'itemid,categoryid,price,available';
  for (const { itemId, categoryId, price, available } of shop.items())
    yield `${itemId},${categoryId ?? ''},${price ?? ''},${available ? 1 : 0}`;
}

function* eventLines(shop: GeneratedShop, { onProgress, onEvent }: WriteOptions): Iterable<string> {
  const step = Math.max(1, Math.ceil(shop.plannedEvents / 100));
  let events = 0;
  yield 'timestamp,visitorid,event,itemid,transactionid';
  for (const event of shop.events()) {
    onEvent?.(event);
    yield `${event.timestampMs},${event.userId},${event.type},${event.itemId},${event.transactionId ?? ''}`;
    events++;
    if (events % step === 0) onProgress?.(events);
  }
  onProgress?.(events);
}

/** Writes lines in chunks, synced to the disk; returns their number without the first. */
async function writeLines(path: string, lines: Iterable<string>, gzip: boolean): Promise<number> {
  let rows = -1;
  function* chunks(): Iterable<string> {
    let chunk = '';
    for (const line of lines) {
      chunk += `${line}\n`;
      rows++;
      if (chunk.length < CHUNK_LENGTH) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  const source = Readable.from(chunks());
  const file = createWriteStream(path, { flags: 'wx' });
  if (gzip) await pipeline(source, createGzip(), file);
  else await pipeline(source, file);
  if (!file.closed) await once(file, 'close');
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return rows;
}

/** Told by its fields: errors of Node.js are not instances of every realm's Error. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error;
}
