import { stat } from 'node:fs/promises';
import { SommelierError } from '@sommelier/contracts';
import { type ColumnReader, columnReader, type WantedColumns } from './csv-columns.ts';
import { type LineChunk, readLines } from './line-reader.ts';
import { type BadRow, type Convert, Problem, type RowChunk, type RowSource } from './row-source.ts';

/**
 * A CSV file as a source of rows. Empty lines are skipped.
 * @throws SommelierError `import-file` when there is no such file; also while it is read
 */
export async function csvSource<T>(
  path: string,
  wanted: WantedColumns,
  convert: Convert<T>,
): Promise<RowSource<T>> {
  const file = await stat(path).catch(() => undefined);
  const expected = `expected a CSV file with the columns ${[...wanted.required, ...wanted.optional].join(',')}`;
  if (file === undefined) throw new SommelierError('import-file', `There is no file ${path}; ${expected}.`);
  if (file.isDirectory()) throw new SommelierError('import-file', `${path} is a folder; ${expected}.`);
  return {
    name: path,
    unit: 'bytes',
    total: file.size,
    chunks: () => readChunks(path, wanted, convert, expected),
  };
}

async function* readChunks<T>(
  path: string,
  wanted: WantedColumns,
  convert: Convert<T>,
  expected: string,
): AsyncIterable<RowChunk<T>> {
  let columns: ColumnReader | undefined;
  for await (const chunk of readLines(path)) {
    let lines = chunk;
    if (columns === undefined) {
      const [header, ...rest] = chunk.lines;
      if (header === undefined) continue;
      columns = columnReader(path, header, wanted);
      lines = { ...chunk, lines: rest, firstLine: 2 };
    }
    yield toRows(lines, columns, convert);
  }
  if (columns === undefined) throw new SommelierError('import-file', `${path} is empty; ${expected}.`);
}

function toRows<T>(chunk: LineChunk, { read, others }: ColumnReader, convert: Convert<T>): RowChunk<T> {
  const rows: T[] = [];
  const bad: BadRow[] = [];
  chunk.lines.forEach((line, index) => {
    if (line === '') return;
    const values = read(line);
    const row = values instanceof Problem ? values : convert(values, others);
    if (row instanceof Problem) bad.push({ line: chunk.firstLine + index, reason: row.reason });
    else rows.push(row);
  });
  return { rows, bad, done: chunk.bytesRead };
}
