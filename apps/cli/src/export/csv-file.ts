import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { EXPORTED_COLUMNS, type RowFile } from './exported-rows.ts';

/** A CSV file with a header (RFC 4180), which must not exist yet. */
export function csvFile(path: string, { gzip }: { readonly gzip: boolean }): RowFile {
  const input = gzip ? createGzip() : new PassThrough();
  const written = pipeline(input, createWriteStream(path, { flags: 'wx' }));
  // A failure is thrown by the next call; until then it must not count as unhandled.
  written.catch(() => {});
  const put = async (text: string) => {
    if (!input.write(text)) await Promise.race([once(input, 'drain'), written]);
  };
  let header = put(`${EXPORTED_COLUMNS.join(',')}\n`);
  header.catch(() => {});
  return {
    async write(rows) {
      await header;
      header = Promise.resolve();
      await put(stringify([...rows], { columns: [...EXPORTED_COLUMNS] }));
    },
    async finish() {
      await header;
      input.end();
      await written;
    },
    async abandon() {
      input.destroy();
      await written.catch(() => {});
    },
  };
}
