import { closeSync, openSync } from 'node:fs';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { EXPORTED_COLUMNS, type ExportedRow, type RowFile } from './exported-rows.ts';

/** Rows that a reader has to unpack together. */
const ROWS_A_GROUP = 100_000;

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
const ELEMENTS = {
  userId: TEXT,
  rank: { type: 'INT32', repetition_type: 'REQUIRED' },
  itemId: TEXT,
  score: { type: 'DOUBLE', repetition_type: 'REQUIRED' },
  strategy: TEXT,
  modelVersion: TEXT,
} as const;

/** A Parquet file, Snappy-compressed, in groups of so many rows, which must not exist yet. */
export function parquetFile(path: string, rowsAGroup = ROWS_A_GROUP): RowFile {
  closeSync(openSync(path, 'wx'));
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [
      { name: 'recommendations', num_children: EXPORTED_COLUMNS.length },
      ...EXPORTED_COLUMNS.map((name) => ({ name, ...ELEMENTS[name] })),
    ],
    createdBy: 'sommelier',
  });
  let waiting: ExportedRow[] = [];
  const writeGroup = async (rows: readonly ExportedRow[]) => {
    const columnData = EXPORTED_COLUMNS.map((name) => ({ name, data: rows.map((row) => row[name]) }));
    await writer.write({ columnData, rowGroupSize: rowsAGroup });
  };
  return {
    async write(rows) {
      waiting.push(...rows);
      while (waiting.length >= rowsAGroup) {
        await writeGroup(waiting.slice(0, rowsAGroup));
        waiting = waiting.slice(rowsAGroup);
      }
    },
    async finish() {
      if (waiting.length > 0) await writeGroup(waiting);
      waiting = [];
      await writer.finish();
    },
    async abandon() {
      waiting = [];
    },
  };
}
