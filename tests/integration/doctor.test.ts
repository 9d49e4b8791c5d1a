import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dataFindingSchema } from '@sommelier/contracts';
import { openDatabase } from '@sommelier/platform';
import { freshDatabase, PROVIDERS } from '../support/databases.ts';
import { runCli } from '../support/run-cli.ts';
import { tastyEvents } from '../support/workers.ts';

const TIMEOUT_MS = 120_000;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(PROVIDERS)(
  'the doctor looks at the events of a %s database, and its exit code says how bad it is',
  async (provider) => {
    const fresh = await freshDatabase(provider);
    try {
      const empty = await runCli(['doctor', '--database-url', fresh.url]);
      expect(empty.stdout).toMatch(/fail.*volume.*\[no-events\]/);
      expect(empty.code).toBe(4);

      const database = await openDatabase({ url: fresh.url });
      await database.events.insert(tastyEvents());
      await database.close();
      const report = join(folder, `${provider}.json`);
      const sound = await runCli(['doctor', '--database-url', fresh.url, '--json', report]);
      expect({ code: sound.code, stderr: sound.stderr }).toEqual({ code: 0, stderr: '' });
      const written = JSON.parse(await readFile(report, 'utf8'));
      expect(written).toMatchObject({ level: 'ok', funnel: { interactions: expect.any(Number) } });
      expect(dataFindingSchema.array().safeParse(written.findings).success).toBe(true);
    } finally {
      await fresh.drop();
    }
  },
  TIMEOUT_MS,
);

test(
  'a file is checked without a database; warnings and errors have exit codes of their own',
  async () => {
    const path = join(folder, 'events.csv');
    const rows = tastyEvents().map(
      ({ timestampMs, userId, itemId }) => `${timestampMs},${userId},view,${itemId},`,
    );
    await writeFile(path, ['timestamp,visitorid,event,itemid,transactionid', ...rows].join('\n'));
    const found = await runCli(['doctor', path], { DATABASE_URL: 'file:/nowhere/at/all.db' });
    expect(found.stdout).toMatch(/warn.*event-types.*no event of the type addtocart, transaction/);
    expect(found.code).toBe(3);
    expect((await runCli(['doctor', join(folder, 'none.csv')])).code).toBe(1);
    expect((await runCli(['doctor', '--nonsense'])).code).toBe(2);
    expect((await runCli(['doctor', path, '--json', folder])).code).toBe(1);
  },
  TIMEOUT_MS,
);
