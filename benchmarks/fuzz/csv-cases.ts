import { gzipSync } from 'node:zlib';
import { DAMAGES, damaged } from './damage.ts';
import { hostileText } from './hostile-text.ts';
import type { Random } from './random.ts';

export const CSV_FILES = ['events.csv', 'items.csv', 'item_properties.csv', 'category_tree.csv'] as const;
export type CsvFile = (typeof CSV_FILES)[number];

/** A file that is to be imported. */
export interface CsvCase {
  readonly file: CsvFile;
  readonly kind: `${CsvFile}: ${'sound' | 'bytes' | 'fields' | 'lines' | 'header' | 'gzip'}`;
  readonly bytes: Uint8Array;
}

const HEADERS: Record<CsvFile, readonly string[]> = {
  'events.csv': ['timestamp', 'visitorid', 'event', 'itemid', 'transactionid'],
  'items.csv': ['itemid', 'categoryid', 'price', 'available', 'colour'],
  'item_properties.csv': ['timestamp', 'itemid', 'property', 'value'],
  'category_tree.csv': ['categoryid', 'parentid'],
};
const MOST_ROWS = 30;
const FIRST_MS = 1_433_221_332_117;

/** A file of the kind that people have, sound or wrong in one of several ways. */
export function csvCase(random: Random): CsvCase {
  const file = random.pick(CSV_FILES);
  const kind = random.pick([
    'sound',
    'bytes',
    'bytes',
    'fields',
    'fields',
    'lines',
    'header',
    'gzip',
  ] as const);
  return { file, kind: `${file}: ${kind}`, bytes: bytesOf(file, kind, random) };
}

function bytesOf(file: CsvFile, kind: string, random: Random): Uint8Array {
  const rows = Array.from({ length: random.whole(1, MOST_ROWS) }, (_, k) => rowOf(file, k, random));
  const lines = [[...HEADERS[file]], ...rows];
  if (kind === 'fields') {
    for (let wrong = random.whole(1, 5); wrong > 0; wrong--) {
      const row = random.pick(rows);
      row[random.whole(0, row.length - 1)] = hostileText(random);
    }
  }
  if (kind === 'lines') {
    for (let wrong = random.whole(1, 5); wrong > 0; wrong--) {
      lines.splice(random.whole(1, lines.length), 0, Array(random.whole(0, 9)).fill(hostileText(random)));
    }
  }
  if (kind === 'header') lines[0]![random.whole(0, lines[0]!.length - 1)] = hostileText(random);
  const end = random.pick(['\n', '\n', '\r\n', '\r']);
  const bytes = Buffer.from(lines.map((fields) => fields.join(',')).join(end));
  if (kind === 'bytes') return damaged(bytes, random.pick(DAMAGES), random);
  return kind === 'gzip' ? damaged(gzipSync(bytes), random.pick(DAMAGES), random) : bytes;
}

function rowOf(file: CsvFile, k: number, random: Random): string[] {
  const item = `i${random.whole(0, 50)}`;
  switch (file) {
    case 'events.csv': {
      const type = random.pick(['view', 'view', 'addtocart', 'transaction']);
      const order = type === 'transaction' ? String(random.whole(1, 999)) : '';
      return [String(FIRST_MS + random.whole(0, 1e9)), `u${random.whole(0, 20)}`, type, item, order];
    }
    case 'items.csv':
      return [item, String(random.whole(1, 9)), `${random.whole(0, 99)}.5`, random.pick(['0', '1']), 'red'];
    case 'item_properties.csv': {
      const [name, value] = random.pick([
        ['categoryid', '7'],
        ['available', '1'],
        ['790', 'n12.000'],
        ['888', 'n4.000 1120'],
      ] as const);
      return [String(FIRST_MS + k), item, name, value];
    }
    case 'category_tree.csv':
      return [String(k + 1), k === 0 ? '' : String(random.whole(1, k))];
  }
}
