import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';
import { runCli } from '../support/run-cli.ts';

jest.setTimeout(120_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
/** Two pages of what is asked for at once, ids that go before blanks by some orders among them. */
const USERS = [
  ...Array.from({ length: 40 }, (_, user) => `u${String(user).padStart(5, '0')}`),
  ...Array.from({ length: 560 }, (_, user) => `stranger ${user}`),
  '\u0001',
  'a,"b"',
  'ü',
  'Ü',
];

describe.each(['sqlite', 'mysql'] as const)('sommelier export on %s', (provider) => {
  const model = randomModel(30);
  let shop: Installation;
  let replica: Replica;
  let version: string;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sommelier-export-'));
    shop = await createInstallation(provider, REDIS_URL);
    const event = { itemId: 'i00042', type: 'view', timestampMs: 1_690_000_000_000 };
    await shop.database.events.insert(USERS.map((userId) => ({ ...event, userId })));
    const active = await shop.publish(model);
    version = active.version;
    replica = await shop.startReplica();
    await replica.serves(active.generation);
  });
  afterAll(async () => {
    await shop?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) =>
    runCli([
      ...['export', 'recommendations', '--url', replica.url],
      ...['--database-url', shop.environment.DATABASE_URL!, ...args],
    ]);

  it('lists every user once, page by page', async () => {
    for (const size of [1, 7, 604, 1_000]) {
      const met: string[] = [];
      for await (const page of shop.database.events.userIdPages(size)) {
        expect(page.length).toBeLessThanOrEqual(size);
        met.push(...page);
      }
      expect(met.length).toBe(USERS.length);
      expect(new Set(met)).toEqual(new Set(USERS));
    }
  });

  it("writes every user's list as the API answers it, as CSV and as Parquet", async () => {
    const csv = join(folder, 'mail.csv');
    const done = await run('--out', csv, '--n', '3', '--exclude', 'i00000', 'i00001');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('1,812 rows for 604 users');
    expect(done.stdout).toMatch(/folded-in +564\n/);
    expect(done.stdout).toContain(version);
    const rows = parse<Record<string, string>>(await readFile(csv, 'utf8'), { columns: true });
    expect(new Set(rows.map(({ userId }) => userId))).toEqual(new Set(USERS));
    for (const userId of ['u00007', 'a,"b"', 'ü', '\u0001']) {
      const { body } = await replica.recommendations(userId, '?n=3&exclude=i00000,i00001');
      const own = rows.filter((row) => row.userId === userId);
      expect(own).toEqual(
        body.items.map(({ rank, itemId, score }) => ({
          userId,
          rank: String(rank),
          itemId,
          score: String(score),
          strategy: body.strategy,
          modelVersion: version,
        })),
      );
    }
    const parquet = join(folder, 'mail.parquet');
    expect((await run('--out', parquet, '--n', '3', '--exclude', 'i00000', 'i00001')).code).toBe(0);
    const file = new Uint8Array(await readFile(parquet)).buffer;
    const read = await parquetReadObjects({ file });
    expect(read.map((row) => ({ ...row, rank: String(row.rank), score: String(row.score) }))).toEqual(rows);
    const again = await run('--out', csv);
    expect([again.code, again.stderr.includes('--force')]).toEqual([1, true]);
    expect((await readdir(folder)).sort()).toEqual(['mail.csv', 'mail.parquet']);
  });

  it.each([
    [['--out', 'mail.xml'], 'must end in one of'],
    [['--n', '0'], 'n: '],
    [['--n', '1000'], 'n: must be at most 100'],
    [['--max-price', 'cheap'], 'maxPrice: '],
  ])('refuses %j', async (args, message) => {
    const out = args.includes('--out') ? [] : ['--out', join(folder, 'refused.csv')];
    const { code, stderr } = await run(...args, ...out);
    expect(code).toBe(1);
    expect(stderr).toContain('error[invalid-request]');
    expect(stderr).toContain(message);
  });
});
