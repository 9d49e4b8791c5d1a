import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Database, openDatabase } from '@sommelier/platform';
import { emptyDatabase, freshDatabase, onMysql, PROVIDERS, type TestDatabase } from '../support/databases.ts';
import { runCli, startCli } from '../support/run-cli.ts';

jest.setTimeout(180_000);
const HEADER = 'timestamp,visitorid,event,itemid,transactionid';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Rows without duplicates, in no order of time. */
function manyRows(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, i) => `${1.4e12 + ((i * 7919) % count)},${i % 9_973},view,${i},`,
  );
  return `${HEADER}\n${rows.join('\n')}\n`;
}

describe.each(PROVIDERS)('sommelier import on %s', (provider) => {
  let own: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    own = await freshDatabase(provider);
    database = await openDatabase({ url: own.url });
  });
  afterEach(async () => {
    await database?.close();
    await own?.drop();
  });
  const importEvents = (...args: string[]) =>
    runCli(['import', 'events', ...args, '--database-url', own.url]);

  test('a dirty file: what is good is stored once, what is bad is counted and shown', async () => {
    const bad = Array.from({ length: 12 }, (_, i) => `bad${i},u,view,i,`);
    const rows = ['2,b,view,i,', '1,a,transaction,i,7', '2,b,view,i,', ...bad, '3,ü,view,i,'];
    const path = await write('dirty.csv', `\uFEFF${HEADER}\r\n${rows.join('\r\n')}`);
    const first = await importEvents(path);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/16 rows read[\s\S]*stored +3\n[\s\S]*duplicates +1\n[\s\S]*bad +12\n/);
    expect(first.stdout).toContain('line 5: the timestamp "bad0" is not a number of milliseconds');
    expect(first.stdout.match(/line \d+:/g)).toHaveLength(10);
    expect(first.stdout).toContain('and 2 more');

    const gzipped = await write('dirty.dat', gzipSync(`${HEADER}\n${rows.join('\n')}\n4,d,view,i,\n`));
    const second = await importEvents(gzipped);
    expect(second.stdout).toMatch(/stored +1\n[\s\S]*duplicates +4\n/);
    expect(await database.events.totals()).toEqual({ users: 4, items: 1, events: 4 });
  });

  test('--strict stores nothing of a file with a bad row, and all of one without', async () => {
    const clean = manyRows(45_000);
    const dirty = await write('strict.csv', `${clean}oops\n`);
    const refused = await importEvents(dirty, '--strict');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/error\[import-file\]: .*strict.csv is refused. 1 of 45001 rows are bad/);
    expect(refused.stderr).toContain('line 45002: has 1 fields where the header has 5');
    expect(refused.stderr).not.toContain('at ');
    expect((await database.events.totals()).events).toBe(0);
    const accepted = await importEvents(await write('clean.csv', clean), '--strict');
    expect(accepted.stdout).toMatch(/stored +45,000\n/);
  });

  test('killed half-way, it can be run again and ends complete, once', async () => {
    const count = 300_000;
    const path = await write('large.csv', manyRows(count));
    const { child, finished } = startCli(['import', 'events', path, '--database-url', own.url]);
    while ((await database.events.newestTimestampMs(1e15)) === undefined) await sleep(20);
    child.kill('SIGKILL');
    await finished;
    const { events } = await database.events.totals();
    expect(events).toBeGreaterThan(0);
    expect(events).toBeLessThan(count);
    expect(events % 50_000).toBe(0);
    const again = await importEvents(path);
    expect(again.stdout).toMatch(new RegExp(`stored +${(count - events).toLocaleString('en-US')}\n`));
    expect((await database.events.totals()).events).toBe(count);
  });

  test('a table of the original shape, without a key, with numbers or text', async () => {
    const source = await emptyDatabase('mysql');
    try {
      const server = new URL(source.url);
      const name = server.pathname.slice(1);
      server.pathname = '/';
      await onMysql(server.href, `CREATE DATABASE ${name}`);
      const numbers = Array.from({ length: 30_000 }, (_, i) => i + 1);
      const many = numbers.map((n) => `(${1433221332117 + n}, ${n % 500}, 'view', ${n}, NULL)`).join();
      await onMysql(
        source.url,
        `CREATE TABLE events (timestamp BIGINT, visitorid INT, event VARCHAR(20), itemid INT, transactionid DOUBLE);
         INSERT INTO events VALUES ${many};
         INSERT INTO events VALUES (1, 2, 'transaction', 3, 4000), (NULL, 1, 'view', 1, NULL), (5, 6, 'view', 7, NULL),
           (5, 6, 'view', 7, NULL);
         CREATE TABLE \`as text\` (timestamp TEXT);
         CREATE TABLE texts (itemid TEXT, event TEXT, visitorid VARBINARY(20), \`timestamp\` TEXT, transactionid TEXT);
         INSERT INTO texts VALUES ('3', 'transaction', '2', '1', '4000'), ('Ü', 'view', 'a', '9', '');`,
      );
      const first = await importEvents('--from', source.url, '--table', 'events');
      expect(first.stderr).toBe('');
      expect(first.stdout).toMatch(/30,004 rows[\s\S]*stored +30,002\n[\s\S]*duplicates +1\n[\s\S]*bad +1\n/);
      const second = await importEvents('--from', source.url, '--table', 'texts');
      expect(second.stdout).toMatch(/stored +1\n[\s\S]*duplicates +1\n/);
      expect(await database.events.historyOf('a', ['view'], 5)).toMatchObject([{ itemId: 'Ü' }]);

      const missing = await importEvents('--from', source.url, '--table', 'nothing');
      expect(missing).toMatchObject({ code: 1 });
      expect(missing.stderr).toMatch(
        /error\[import-source\]: The table nothing .* does not exist; expected the columns/,
      );
      const odd = await importEvents('--from', source.url, '--table', 'as text; DROP TABLE events');
      expect(odd.stderr).toMatch(/error\[import-source\]: .* is not the name of a table/);
    } finally {
      await source.drop();
    }
  });

  test('items and categories, twice', async () => {
    const items = await write('items.csv', 'itemid,categoryid,price,available\n1,7,12.5,1\n2,,,0\n');
    const tree = await write('tree.csv', 'categoryid,parentid\n7,\n8,7\n');
    for (const args of [
      ['items', items],
      ['categories', tree],
    ]) {
      for (let times = 0; times < 2; times++) {
        const result = await runCli(['import', ...args, '--database-url', own.url]);
        expect(result).toMatchObject({ code: 0, stderr: '' });
        expect(result.stdout).toMatch(/stored +2\n/);
      }
    }
    expect((await database.items.findItems(['1', '2'])).map(({ price }) => price).sort()).toEqual([
      12.5,
      null,
    ]);
  });
});

describe('sommelier import, called wrongly', () => {
  test.each([
    [['import', 'events'], 1, /error\[invalid-request\]: Name a file to import/],
    [['import', 'events', 'nothing.csv'], 1, /error\[import-file\]: There is no file nothing.csv/],
    [['import', 'events', 'x', '--from', 'mysql://a/b'], 1, /not both/],
    [['import', 'events', '--from', 'file:x.db'], 1, /from mysql:/],
    [['import', 'events', 'x', '--wrong'], 2, /unknown option '--wrong'/],
    [['import'], 2, /Usage: sommelier import/],
    [['nonsense'], 2, /unknown command 'nonsense'/],
  ])('%j', async (args, code, message) => {
    const result = await runCli(args, { DATABASE_URL: 'file:never-opened.db' });
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });
});
