import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventInput } from '@sommelier/contracts';
import { eventFile } from './event-rows.ts';
import { categoryFile, itemFile } from './import-items.ts';
import type { BadRow, RowSource } from './row-source.ts';

const HEADER = 'timestamp,visitorid,event,itemid,transactionid';
let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(content: string | Uint8Array): Promise<string> {
  const path = join(folder, `${count++}.csv`);
  await writeFile(path, content);
  return path;
}

async function readAll<T>(source: RowSource<T>): Promise<{ rows: T[]; bad: BadRow[]; done: number }> {
  const all = { rows: [] as T[], bad: [] as BadRow[], done: 0 };
  for await (const chunk of source.chunks()) {
    all.rows.push(...chunk.rows);
    all.bad.push(...chunk.bad);
    expect(chunk.done).toBeGreaterThanOrEqual(all.done);
    all.done = chunk.done;
  }
  expect(all.done).toBe(source.total);
  return all;
}

const events = async (content: string | Uint8Array) => readAll(await eventFile(await write(content)));
const view: EventInput = { timestampMs: 1433221332117, userId: '257597', itemId: '355908', type: 'view' };
const sale: EventInput = { ...view, type: 'transaction', transactionId: '4000' };
const PUBLISHED = `${HEADER}\n1433221332117,257597,view,355908,\n1433221332117,257597,transaction,355908,4000\n`;

describe('a file of events', () => {
  test('as it is published', async () => {
    expect(await events(PUBLISHED)).toMatchObject({ rows: [view, sale], bad: [] });
  });

  test.each([
    ['a byte order mark', `\uFEFF${PUBLISHED}`],
    ['carriage returns', PUBLISHED.replaceAll('\n', '\r\n')],
    ['no line end after the last row', PUBLISHED.trimEnd()],
    ['empty lines', PUBLISHED.replaceAll('\n', '\n\n')],
    ['quotes', PUBLISHED.replaceAll('257597', '"257597"').replace('visitorid', '"visitorid"')],
    ['capitals and blanks in the header', PUBLISHED.replace('timestamp,visitorid', 'Timestamp, VisitorId')],
  ])('with %s', async (_what, content) => {
    expect(await events(content)).toMatchObject({ rows: [view, sale], bad: [] });
  });

  test('gzip is told by its content; several members count as one file', async () => {
    const middle = PUBLISHED.indexOf('\n') + 5;
    const parts = [gzipSync(PUBLISHED.slice(0, middle)), gzipSync(PUBLISHED.slice(middle))];
    expect(await events(Buffer.concat(parts))).toMatchObject({ rows: [view, sale], bad: [] });
  });

  test('columns in another order, more of them, and none for the transaction', async () => {
    const content = 'itemid,extra,event,visitorid,timestamp\n355908,x,view,257597,1433221332117\n';
    expect((await events(content)).rows).toEqual([view]);
  });

  test('quoted ids keep their commas and quotes', async () => {
    const { rows } = await events(`${HEADER}\n1,"a,""b""",view,"Ünï",\n`);
    expect(rows).toEqual([{ timestampMs: 1, userId: 'a,"b"', itemId: 'Ünï', type: 'view' }]);
  });

  test('every bad row is told with its line, and costs no other row', async () => {
    const lines = [
      HEADER,
      '1,u,view,i,',
      'x,u,view,i,',
      '1.5,u,view,i,',
      '-1,u,view,i,',
      '99999999999999999,u,view,i,',
      '1,,view,i,',
      '1,u,,i,',
      '1,u,view,,',
      '1,u,view,i',
      '1,u,view,i,,',
      `1,${'u'.repeat(65)},view,i,`,
      '1,u,two words,i,',
      '1,u"x,view,"i,',
      `1,${'u'.repeat(100_000)},view,i,`,
      '1,u ,view,i,',
      '2,u,view,i,',
    ];
    const { rows, bad } = await events(
      Buffer.concat([Buffer.from(`${lines.join('\n')}\n3,`), Buffer.from([0xff]), Buffer.from(',view,i,')]),
    );
    expect(rows.map(({ timestampMs }) => timestampMs)).toEqual([1, 2]);
    expect(bad.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18]);
    expect(Object.fromEntries(bad.map(({ line, reason }) => [line, reason]))).toMatchObject({
      3: 'the timestamp "x" is not a number of milliseconds',
      7: 'the user id is empty',
      10: 'has 4 fields where the header has 5',
      11: 'has 6 fields where the header has 5',
      12: 'the user id is longer than 64 characters',
      14: 'has quotes that do not match',
      15: 'is longer than 4096 characters',
      16: 'the user id begins or ends with white space',
      18: 'is not valid UTF-8',
    });
  });

  test('rows and characters that lie across the pieces in which a file is read', async () => {
    const count = 40_000;
    const rows = Array.from({ length: count }, (_, i) => `${i},ü\u{1F377}${i},view,i,`);
    const read = await events(`${HEADER}\n${rows.join('\r\n')}`);
    expect(read.bad).toEqual([]);
    expect(read.rows.map(({ userId }) => userId)).toEqual(
      Array.from({ length: count }, (_, i) => `ü\u{1F377}${i}`),
    );
  });

  test.each([
    ['an empty file', '', /is empty; expected .*timestamp,visitorid,event,itemid,transactionid/],
    ['a header of something else', 'a,b\n1,2\n', /has no column timestamp, visitorid, event, itemid.*"a,b"/],
    ['no header', '1433221332117,257597,view,355908,\n', /has no column/],
    ['a column twice', `${HEADER},event\n`, /column event twice/],
    ['a binary file', Buffer.from([1, 2, 0, 3]), /not a text file/],
    ['a damaged gzip file', gzipSync(PUBLISHED).subarray(0, 30), /damaged gzip/],
  ])('%s is refused with what was expected', async (_what, content, message) => {
    const reading = events(content);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code: 'import-file' });
  });

  test('a file that is not there, and a folder', async () => {
    await expect(eventFile(join(folder, 'nothing.csv'))).rejects.toThrow(
      /There is no file .*nothing.csv; expected/,
    );
    await expect(eventFile(folder)).rejects.toThrow(/is a folder/);
  });
});

describe('files of items and categories', () => {
  test('items', async () => {
    const path = await write(
      'itemid,categoryid,price,available\n1,7,12.5,1\n2,,,0\n3,7,cheap,1\n4,7,1,maybe\n',
    );
    const { rows, bad } = await readAll(await itemFile(path, 99));
    expect(rows).toEqual([
      { itemId: '1', categoryId: '7', price: 12.5, available: true, properties: {}, updatedAtMs: 99 },
      { itemId: '2', categoryId: null, price: null, available: false, properties: {}, updatedAtMs: 99 },
    ]);
    expect(bad).toEqual([
      { line: 4, reason: 'the price "cheap" is not a number' },
      { line: 5, reason: 'available is "maybe", not 0 or 1' },
    ]);
  });

  test('categories', async () => {
    const path = await write('categoryid,parentid\n1016,213\n213,\n,5\n');
    const { rows, bad } = await readAll(await categoryFile(path));
    expect(rows).toEqual([
      { categoryId: '1016', parentId: '213' },
      { categoryId: '213', parentId: null },
    ]);
    expect(bad).toEqual([{ line: 4, reason: 'the category id is empty' }]);
  });
});
