import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { migrateDatabase, openDatabase } from '@sommelier/platform';
import { emptyDatabase, PROVIDERS, type TestDatabase } from '../support/databases.ts';

jest.setTimeout(60_000);
const INIT = '20261123000000_init';
/** Every migration that the product has, in order. */
const ALL = readdirSync('prisma/sqlite/migrations')
  .filter((name) => /^\d/.test(name))
  .sort();

describe.each(PROVIDERS)('migrations on %s', (provider) => {
  let folder: string;
  let prismaFolder: URL;
  let database: TestDatabase;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sommelier-migrations-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    const own = await mkdtemp(join(folder, 'prisma-'));
    await cp('prisma', own, { recursive: true });
    prismaFolder = pathToFileURL(`${own}/`);
    database = await emptyDatabase(provider);
  });
  afterEach(() => database.drop());

  const migrations = () => new URL(`${provider}/migrations/`, prismaFolder);
  const addMigration = async (name: string, sql: string) => {
    await mkdir(new URL(`${name}/`, migrations()));
    await writeFile(new URL(`${name}/migration.sql`, migrations()), sql);
  };
  const migrate = () => migrateDatabase(database.url, { prismaFolder });

  test('creates what is missing, once, and applies later ones', async () => {
    expect((await migrateDatabase(database.url)).applied).toEqual(ALL);
    expect((await migrateDatabase(database.url)).applied).toEqual([]);
    await addMigration(
      '20990101000000_more',
      'CREATE TABLE extra (id INTEGER); CREATE TABLE extra2 (id INTEGER);',
    );
    expect((await migrate()).applied).toEqual(['20990101000000_more']);
    expect((await migrate()).applied).toEqual([]);
  });

  test('six at the same time apply each migration once', async () => {
    await addMigration('20990101000000_more', 'CREATE TABLE extra (id INTEGER);');
    const results = await Promise.all(Array.from({ length: 6 }, migrate));
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual([...ALL, '20990101000000_more']);
  });

  test('a migration that changed after it was applied is refused', async () => {
    await migrate();
    await appendFile(new URL(`${INIT}/migration.sql`, migrations()), '-- changed\n');
    await expect(migrate()).rejects.toMatchObject({ code: 'migration-failed' });
    await expect(migrate()).rejects.toThrow(/init" was changed after it was applied/);
  });

  test('a database of a newer version is refused', async () => {
    await addMigration('20990101000000_more', 'CREATE TABLE extra (id INTEGER);');
    await migrate();
    await expect(migrateDatabase(database.url)).rejects.toThrow(/which this version does not know/);
  });

  test('a migration that fails is told, and leaves no half of it unnoticed', async () => {
    await addMigration('20990101000000_bad', 'CREATE TABLE extra (id INTEGER); CREATE TABEL nonsense;');
    await expect(migrate()).rejects.toThrow(/_bad" failed/);
    const again = migrate();
    // SQLite has undone it and tries again; MySQL cannot undo it and waits for somebody to look.
    await expect(again).rejects.toThrow(
      provider === 'sqlite' ? /failed and was undone/ : /began on this database/,
    );
  });

  test('a database without tables says what to do', async () => {
    await addMigration('20000101000000_only', 'CREATE TABLE something (id INTEGER);');
    for (const name of ALL) await rm(new URL(`${name}/`, migrations()), { recursive: true });
    await migrate();
    const opened = await openDatabase({ url: database.url });
    try {
      const attempts: (() => Promise<unknown>)[] = [
        () => opened.trainingRuns.list({ limit: 1 }),
        () => opened.events.totals(),
        () => opened.models.active(),
        () => opened.apiKeys.list(),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({
          code: 'database-unavailable',
          message: expect.stringContaining('run "sommelier migrate"'),
        });
      }
    } finally {
      await opened.close();
    }
  });
});

describe("Prisma's own engine", () => {
  const engine = async (url: string): Promise<unknown> => {
    const script = fileURLToPath(new URL('../support/prisma-engine.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, url]);
    return JSON.parse(stdout);
  };
  const agreement = {
    difference: '-- This is an empty migration.\n',
    diagnosis: {
      editedMigrationNames: [],
      failedMigrationNames: [],
      hasMigrationsTable: true,
      history: null,
    },
  };

  test('finds nothing to do after a migration of ours, and the tables that the models describe', async () => {
    const database = await emptyDatabase('sqlite');
    try {
      expect((await migrateDatabase(database.url)).applied).toEqual(ALL);
      expect(await engine(database.url)).toEqual({ ...agreement, applied: [] });
    } finally {
      await database.drop();
    }
  });

  test('leaves nothing to do for us', async () => {
    const database = await emptyDatabase('sqlite');
    try {
      expect(await engine(database.url)).toEqual({ ...agreement, applied: ALL });
      expect((await migrateDatabase(database.url)).applied).toEqual([]);
    } finally {
      await database.drop();
    }
  });
});

describe('a database that cannot be used', () => {
  test('says where and why, and keeps the password to itself', async () => {
    const url = new URL(process.env.TEST_MYSQL_URL ?? '');
    url.pathname = '/sommelier_missing';
    const closed = new URL(url);
    closed.port = '1';
    const stranger = new URL(url);
    stranger.username = 'nobody';
    stranger.password = 'hunter2';
    for (const [address, message] of [
      [url.href, /Unknown database.*sommelier migrate/],
      [closed.href, /:1 cannot be used: .*ECONNREFUSED.*Check that a server listens/],
      [stranger.href, /Access denied.*Check the user/],
      ['file:/dev/null/x.db', /\/dev\/null\/x.db cannot be opened/],
    ] as const) {
      const opening = openDatabase({ url: address });
      await expect(opening).rejects.toThrow(message);
      await expect(opening).rejects.toMatchObject({ code: 'database-unavailable' });
      await expect(opening).rejects.not.toThrow(/hunter2/);
    }
  });
});
