import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GeneratedShop, generateShop } from './shop.ts';
import { writeShop } from './write-shop.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-shop-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shop = generateShop({ visitors: 2_000, activity: 5 });
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('writeShop', () => {
  test('writes the published columns, a row for each event, item and category', async () => {
    const files = await writeShop(shop, join(folder, 'new', 'shop'));
    const lines = (await read('new/shop/events.csv')).split('\n');
    expect(lines[0]).toBe('timestamp,visitorid,event,itemid,transactionid');
    expect(lines.at(-1)).toBe('');
    const expected = [...shop.events()].map(
      (event) =>
        `${event.timestampMs},${event.userId},${event.type},${event.itemId},${event.transactionId ?? ''}`,
    );
    expect(lines.slice(1, -1)).toEqual(expected);
    for (const line of lines.slice(1, -1))
      expect(line).toMatch(/^\d{13},\d+,((view|addtocart),\d+,|transaction,\d+,\d+)$/);

    const items = (await read('new/shop/items.csv')).trimEnd().split('\n');
    expect(items[0]).toBe('itemid,categoryid,price,available');
    expect(items).toHaveLength(1 + shop.options.items);
    for (const line of items.slice(1)) expect(line).toMatch(/^\d+,\d+,\d+(\.\d{1,2})?,[01]$/);
    const categories = (await read('new/shop/category_tree.csv')).trimEnd().split('\n');
    expect(categories[0]).toBe('categoryid,parentid');
    expect(categories).toHaveLength(1 + shop.categories.length);
    expect(files.map(({ rows }) => rows)).toEqual([
      shop.categories.length,
      shop.options.items,
      expected.length,
    ]);
  });

  test('gzip holds the same bytes', async () => {
    await writeShop(shop, folder);
    const plain = await read('events.csv');
    await writeShop(shop, folder, { gzip: true, force: true });
    expect(gunzipSync(await readFile(join(folder, 'events.csv.gz'))).toString()).toBe(plain);
    // The other form would be a second shop.
    expect(await readdir(folder)).toEqual(['category_tree.csv', 'events.csv.gz', 'items.csv']);
  });

  test.each(['events.csv', 'events.csv.gz', 'items.csv', 'category_tree.csv'])(
    'refuses to replace %s without force, and changes nothing',
    async (name) => {
      await writeFile(join(folder, name), 'precious');
      await expect(writeShop(shop, folder)).rejects.toMatchObject({ code: 'invalid-request' });
      await expect(writeShop(shop, folder)).rejects.toThrow(/--force/);
      expect(await readdir(folder)).toEqual([name]);
      expect(await read(name)).toBe('precious');
    },
  );

  test('an empty file may be replaced', async () => {
    await writeFile(join(folder, 'events.csv'), '');
    await writeShop(shop, folder);
    expect((await read('events.csv')).length).toBeGreaterThan(1_000);
  });

  test('a failure half-way leaves no file behind, and keeps the old ones', async () => {
    await writeFile(join(folder, 'items.csv'), 'old');
    const broken: GeneratedShop = {
      ...shop,
      *events() {
        yield* [...shop.events()].slice(0, 5_000);
        throw new Error('out of wine');
      },
    };
    await expect(writeShop(broken, folder, { force: true })).rejects.toThrow('out of wine');
    expect(await readdir(folder)).toEqual(['items.csv']);
    expect(await read('items.csv')).toBe('old');
  });

  test('a folder that cannot be made is a clear error', async () => {
    await writeFile(join(folder, 'file'), 'x');
    await expect(writeShop(shop, join(folder, 'file', 'below'))).rejects.toThrow(
      /cannot be written to .*below/,
    );
  });

  test('reports progress up to the last event, and shows every event', async () => {
    const progress: number[] = [];
    let seen = 0;
    await writeShop(shop, folder, { onProgress: (events) => progress.push(events), onEvent: () => seen++ });
    expect(progress.length).toBeGreaterThan(90);
    expect(progress.length).toBeLessThan(110);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(seen);
  });
});
