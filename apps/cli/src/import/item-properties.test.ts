import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Item } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import { chainedSource } from './chained-source.ts';
import { itemFile } from './import-items.ts';
import { arePropertyFiles, importItemProperties, propertyFile } from './item-properties.ts';

const HEADER = 'timestamp,itemid,property,value';
let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-properties-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(lines: readonly string[]): Promise<string> {
  const path = join(folder, `${count++}.csv`);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

async function imported(files: readonly (readonly string[])[], strict = false) {
  const paths = await Promise.all(files.map((rows) => write([HEADER, ...rows])));
  const source = chainedSource(await Promise.all(paths.map((path) => propertyFile(path, '790'))));
  const stored: Item[] = [];
  const items = { upsertItems: async (batch: readonly Item[]) => void stored.push(...batch) };
  const summary = await importItemProperties({ source, strict, database: { items } as unknown as Database });
  return { stored, summary };
}

describe("RetailRocket's item properties", () => {
  test('the latest of each value counts, over all files and in whatever order', async () => {
    const { stored, summary } = await imported([
      [
        '1435460400000,460429,categoryid,1338',
        '1433041200000,460429,available,1',
        '1441508400000,460429,888,1116713 960601 n277.200',
        '1439089200000,460429,790,n12345.000',
        '1433041200000,7,available,1',
      ],
      [
        '1431831600000,460429,categoryid,9',
        '1442113200000,460429,available,0',
        '1431831600000,460429,790,n1.000',
        '1433041200000,7,available,0',
        '1433041200000,8,categoryid,5',
      ],
    ]);
    const unknown = { categoryId: null, price: null, properties: {} };
    expect(stored).toEqual([
      {
        itemId: '460429',
        categoryId: '1338',
        available: false,
        price: 12345,
        properties: {},
        updatedAtMs: 1442113200000,
      },
      // At the same time, the later row.
      { ...unknown, itemId: '7', available: false, updatedAtMs: 1433041200000 },
      // Nothing says that it is not available.
      { ...unknown, itemId: '8', categoryId: '5', available: true, updatedAtMs: 1433041200000 },
    ]);
    expect(summary).toMatchObject({ rows: 10, stored: 3, duplicates: 9, bad: 0 });
  });

  test('bad values are named with their file; what is hashed cannot be bad', async () => {
    const good = '5,1,available,1';
    const { stored, summary } = await imported([
      [good, '6,1,available,yes', 'x,1,790,n5.000', 'x,1,888,n5.000'],
      ['6, 1,categoryid,4', '7,1,790,nInfinity', '8,1,790'],
    ]);
    expect(stored).toMatchObject([{ itemId: '1', available: true, categoryId: null, price: null }]);
    expect(summary).toMatchObject({ rows: 7, stored: 1, duplicates: 1, bad: 5 });
    expect(
      summary.firstBad.map(({ line, reason }) => `${line} ${reason.replace(/\(.*\/(.*)\)/, '')}`.trim()),
    ).toEqual([
      '3 available is "yes", not 0 or 1',
      '4 the timestamp "x" is not a number of milliseconds',
      '2 the item id begins or ends with white space',
      '3 the price "nInfinity" is not a number from 0 on',
      '4 has 3 fields where the header has 4',
    ]);
    await expect(imported([[good, '6,1,available,yes']], true)).rejects.toMatchObject({
      code: 'import-file',
    });
  });

  test('are told from a file of items by the header, and not mixed with one', async () => {
    const properties = await write([HEADER]);
    const items = await write(['itemid,categoryid,price,available']);
    expect(await arePropertyFiles([properties, properties])).toBe(true);
    expect(await arePropertyFiles([items])).toBe(false);
    await expect(arePropertyFiles([items, properties])).rejects.toMatchObject({ code: 'import-file' });
  });
});

test('further columns of a file of items are properties', async () => {
  const path = await write([
    'Colour,itemid,categoryid,price,available,isNew',
    'red,1,7,2.5,1,true',
    ',2,,,0,',
  ]);
  const items: Item[] = [];
  for await (const { rows } of (await itemFile(path, 9)).chunks()) items.push(...rows);
  expect(items.map(({ itemId, properties }) => [itemId, properties])).toEqual([
    ['1', { Colour: 'red', isNew: true }],
    ['2', {}],
  ]);
});
