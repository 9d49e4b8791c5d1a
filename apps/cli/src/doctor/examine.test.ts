import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataConfigSchema } from '@sommelier/contracts';
import { examine } from './examine.ts';
import { logOfFile } from './log-source.ts';
import { showExamination } from './show-examination.ts';

const CONFIG = dataConfigSchema.parse({});
const NOW_MS = Date.UTC(2015, 6, 1);
const HEADER = 'timestamp,visitorid,event,itemid,transactionid';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** 1,500 events of 150 users over 30 days before July 2015, all types. */
function sound(): string[] {
  return [...new Array(1_500).keys()].map((k) => {
    const type = k % 50 === 0 ? 'transaction' : k % 10 === 0 ? 'addtocart' : 'view';
    return `${NOW_MS - (1_500 - k) * 1_700_000},u${k % 150},${type},i${(k * 7) % 60},${k % 50 === 0 ? k : ''}`;
  });
}

async function examination(rows: readonly string[], { gzip = false } = {}) {
  const path = join(folder, gzip ? 'events.csv.gz' : 'events.csv');
  const text = `${[HEADER, ...rows].join('\n')}\n`;
  await writeFile(path, gzip ? gzipSync(text) : text);
  return examine(await logOfFile(path, CONFIG, NOW_MS), CONFIG);
}

const levels = (found: Awaited<ReturnType<typeof examination>>) =>
  Object.fromEntries(found.findings.map(({ code, level }) => [code, level]));

describe('the doctor', () => {
  test('finds nothing wrong with a sound log, packed or not, and shows its funnel', async () => {
    const found = await examination(sound());
    expect(found.level).toBe('ok');
    expect(found.findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(found.funnel?.steps.map(({ rule }) => rule)).toEqual([
      'stored',
      'window',
      'weighted-types',
      'event-count',
      'distinct-items',
      'interactions',
    ]);
    const packed = await examination(sound(), { gzip: true });
    expect({ ...packed, source: found.source }).toEqual(found);
    const text = showExamination(found);
    expect(text).toContain('1,500 events of 150 users and 60 items in the window.');
    expect(text).toContain('train on it');
  });

  test('counts rows that cannot be read', async () => {
    const found = await examination([...sound(), ...new Array(40).fill('no time,u1,view,i1,')]);
    expect(levels(found)).toMatchObject({ 'bad-rows': 'warn', volume: 'ok' });
    const bad = found.findings.find(({ code }) => code === 'bad-rows');
    expect(bad).toMatchObject({ figures: { rows: 40 }, text: expect.stringContaining('line 1502') });
    expect(found.level).toBe('warn');
  });

  test('tells duplicates, a flood and the future', async () => {
    const flood = [...new Array(300).keys()].map((k) => `${NOW_MS - k * 1_000},robot,view,i${k % 60},`);
    const found = await examination([
      ...sound(),
      ...sound().slice(0, 100),
      ...flood,
      `${NOW_MS + 8e11},u1,view,i1,`,
    ]);
    expect(levels(found)).toMatchObject({ duplicates: 'warn', flood: 'warn', 'future-events': 'warn' });
  });

  test('times in seconds fail', async () => {
    const inSeconds = sound().map((row) => row.replace(/^(\d+)\d{3},/, '$1,'));
    const found = await examination(inSeconds);
    expect(levels(found)).toMatchObject({ 'time-unit': 'fail' });
    expect(found.level).toBe('fail');
  });

  test('a log that the preparation refuses fails with the run’s own words and the funnel so far', async () => {
    const found = await examination([...new Array(20).keys()].map((k) => `${NOW_MS - k},u${k},view,i1,`));
    expect(found.level).toBe('fail');
    expect(found.findings.at(-1)).toMatchObject({
      code: 'preparation',
      level: 'fail',
      text: expect.stringMatching(/^\[all-filtered\] The preparation dropped every user/),
    });
    expect(found.funnel?.steps.at(-1)).toMatchObject({ rule: 'distinct-items', kept: { events: 0 } });
  });
});
