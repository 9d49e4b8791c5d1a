import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { BatchAnswer, BatchRequest } from '@sommelier/contracts';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { checkTarget } from './complete-file.ts';
import { type ExportOptions, exportRecommendations } from './export-recommendations.ts';
import type { ExportedRow } from './exported-rows.ts';
import { parquetFile } from './parquet-file.ts';

const USERS = ['a', 'b,c', 'd "e"', 'line\nbreak', 'ü', '\u{1F377}', '001', 'nobody'];
let folder: string;
let versions: string[];
let asked: BatchRequest[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-export-'));
  versions = ['v1'];
  asked = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Answers every user with two items but one, whose list is empty; the n-th request by the n-th version. */
async function ask(request: BatchRequest): Promise<BatchAnswer> {
  asked.push(request);
  const version = versions[Math.min(asked.length, versions.length) - 1]!;
  return {
    model: { version, generation: 1 },
    results: request.userIds.map((userId, place) => ({
      userId,
      strategy: place % 2 === 0 ? 'personalized' : 'folded-in',
      items:
        userId === 'nobody'
          ? []
          : [1, 2].map((rank) => ({ rank, itemId: `${userId}/${rank}`, score: 1 / (rank * 3) })),
    })),
  };
}

async function* pages(): AsyncIterable<string[]> {
  yield USERS.slice(0, 3);
  yield USERS.slice(3);
}

const run = (name: string, options: Partial<ExportOptions> = {}) =>
  exportRecommendations({
    out: join(folder, name),
    userIdPages: pages,
    ask,
    choice: { n: 2, inStock: true },
    restartPauseMs: 1,
    ...options,
  });

function expectedRows(version = 'v1'): ExportedRow[] {
  return [USERS.slice(0, 3), USERS.slice(3, -1)].flatMap((page) =>
    page.flatMap((userId, place) =>
      [1, 2].map((rank) => ({
        userId,
        rank,
        itemId: `${userId}/${rank}`,
        score: 1 / (rank * 3),
        strategy: place % 2 === 0 ? ('personalized' as const) : ('folded-in' as const),
        modelVersion: version,
      })),
    ),
  );
}

function csvRows(text: string): ExportedRow[] {
  return parse<Record<string, string>>(text, { columns: true }).map(
    (row) => ({ ...row, rank: Number(row.rank), score: Number(row.score) }) as unknown as ExportedRow,
  );
}

it.each<[string, (bytes: Buffer) => ExportedRow[] | Promise<ExportedRow[]>]>([
  ['mail.csv', (bytes) => csvRows(bytes.toString('utf8'))],
  ['mail.csv.gz', (bytes) => csvRows(gunzipSync(bytes).toString('utf8'))],
  [
    'mail.parquet',
    async (bytes) => {
      const file = new Uint8Array(bytes).buffer;
      return (await parquetReadObjects({ file })) as unknown as ExportedRow[];
    },
  ],
])('%s has every row as it was answered, and nothing is left beside it', async (name, read) => {
  const users: number[] = [];
  const summary = await run(name, { onProgress: (done) => users.push(done) });
  expect(await read(await readFile(join(folder, name)))).toEqual(expectedRows());
  expect(summary).toMatchObject({
    users: 8,
    rows: 14,
    strategies: { personalized: 5, 'folded-in': 3 },
    empty: 1,
    modelVersion: 'v1',
    restarts: 0,
  });
  expect(asked.map(({ userIds, ...choice }) => choice)).toEqual(Array(2).fill({ n: 2, inStock: true }));
  expect(users).toEqual([0, 3, 8]);
  expect(await readdir(folder)).toEqual([name]);
});

it('splits a Parquet file into groups, in the order of the rows', async () => {
  const path = join(folder, 'groups.parquet');
  const rows = Array.from(
    { length: 250 },
    (_, place): ExportedRow => ({
      ...{ userId: `u${place >> 1}`, rank: (place & 1) + 1, itemId: `i${place % 7}`, score: -place / 3 },
      ...{ strategy: 'popular', modelVersion: 'v1' },
    }),
  );
  const written = parquetFile(path, 100);
  await written.write(rows.slice(0, 30));
  await written.write(rows.slice(30));
  await written.finish();
  const file = new Uint8Array(await readFile(path)).buffer;
  expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([100, 100, 50]);
  expect(await parquetReadObjects({ file })).toEqual(rows);
});

it('begins again when the model changes, so that the file is of one model', async () => {
  versions = ['v1', 'v2', 'v2', 'v2'];
  expect(await run('mail.csv')).toMatchObject({ modelVersion: 'v2', restarts: 1, users: 8, rows: 14 });
  expect(csvRows(await readFile(join(folder, 'mail.csv'), 'utf8'))).toEqual(expectedRows('v2'));
});

it.each(['mail.csv', 'mail.parquet'])('leaves nothing behind when %s fails', async (name) => {
  versions = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6'];
  await expect(run(name)).rejects.toMatchObject({
    code: 'export-failed',
    message: expect.stringContaining('from v5 to v6'),
  });
  const failing = { ask: () => Promise.reject(new Error('a fault of the test')) };
  await expect(run(name, failing)).rejects.toThrow('a fault of the test');
  expect(await readdir(folder)).toEqual([]);
  await expect(run(join('missing', name))).rejects.toMatchObject({ code: 'export-failed' });
});

it('writes a file without users too', async () => {
  const summary = await run('none.csv', { userIdPages: async function* () {} });
  expect(summary).toMatchObject({ users: 0, rows: 0, modelVersion: undefined });
  expect(await readFile(join(folder, 'none.csv'), 'utf8')).toBe(
    'userId,rank,itemId,score,strategy,modelVersion\n',
  );
  await run('none.parquet', { userIdPages: async function* () {} });
  const file = new Uint8Array(await readFile(join(folder, 'none.parquet'))).buffer;
  expect(await parquetReadObjects({ file })).toEqual([]);
});

it('knows which files it may write', async () => {
  await run('mail.csv');
  const out = join(folder, 'mail.csv');
  await expect(checkTarget(out, { force: false })).rejects.toThrow('replace it with --force');
  await checkTarget(out, { force: true });
  await expect(checkTarget(join(folder, 'mail.xlsx'), { force: false })).rejects.toThrow(
    '.csv, .csv.gz, .parquet',
  );
});
