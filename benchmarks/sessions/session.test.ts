import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataError } from '../report/data-error.ts';
import { cutLastDays, sessionsOf, testable } from './session.ts';
import { readEvents, readSessions } from './session-files.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const event = (userId: string, itemId: string, timestampMs: number, type = 'view') => ({
  userId,
  itemId,
  timestampMs,
  type,
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessions-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

test('a session is what a visitor looks at without half an hour of silence, in the order of time', () => {
  const events = [
    event('u', 'b', 10 * MINUTE_MS),
    event('u', 'a', 0),
    event('v', 'x', 5 * MINUTE_MS),
    event('u', 'a', 10 * MINUTE_MS),
    event('u', 'cart', 11 * MINUTE_MS, 'addtocart'),
    event('u', 'c', 41 * MINUTE_MS),
  ];
  expect(sessionsOf(events, 'view')).toEqual([
    { items: ['x'], timestampsMs: [5 * MINUTE_MS] },
    { items: ['a', 'b', 'a'], timestampsMs: [0, 10 * MINUTE_MS, 10 * MINUTE_MS] },
    { items: ['c'], timestampsMs: [41 * MINUTE_MS] },
  ]);
});

test('the last days are the test; items that nobody knew before are left out, and sessions of one item', () => {
  const events = [
    event('u', 'a', 0),
    event('u', 'b', 1),
    event('v', 'a', 9 * DAY_MS),
    event('v', 'new', 9 * DAY_MS + 1),
    event('v', 'b', 9 * DAY_MS + 2),
    event('w', 'a', 10 * DAY_MS),
    event('w', 'new', 10 * DAY_MS),
  ];
  const { train, test } = cutLastDays(events, 7, 'view');
  expect(train).toEqual(events.slice(0, 2));
  expect(test).toEqual([{ items: ['a', 'b'], timestampsMs: [9 * DAY_MS, 9 * DAY_MS + 2] }]);
  expect(testable([{ items: ['a', 'a', 'z'], timestampsMs: [1, 2, 3] }], (item) => item === 'a')).toEqual([
    { items: ['a', 'a'], timestampsMs: [1, 2] },
  ]);
});

test('reads events and sessions, also packed', async () => {
  const events = 'timestamp,visitorid,event,itemid,transactionid\n5,7,view,i1,\n6,7,transaction,i2,t\n';
  const read = [event('7', 'i1', 5), event('7', 'i2', 6, 'transaction')];
  expect(await readEvents(await file('events.csv', events))).toEqual(read);
  expect(await readEvents(await file('events.csv.gz', gzipSync(events)))).toEqual(read);
  expect(await readSessions(await file('sessions', 'a:1 b:c:2.5\n\n  x:3 \n'))).toEqual([
    { items: ['a', 'b:c'], timestampsMs: [1_000, 2_500] },
    { items: ['x'], timestampsMs: [3_000] },
  ]);
});

test('refuses what is not of the form, and names the line', async () => {
  const head = 'timestamp,visitorid,event,itemid\n';
  const refusals: [Promise<unknown>, RegExp][] = [
    [readEvents(await file('1', 'time,visitorid,event,itemid\n')), /1, line 1: expected the columns/],
    [readEvents(await file('2', `${head}5,7,view,\n`)), /2, line 2: expected a time/],
    [readEvents(await file('3', `${head}soon,7,view,i\n`)), /3, line 2: expected a time/],
    [readEvents(await file('4', head)), /4: there is no event/],
    [readSessions(await file('5', 'a:1 b\n')), /5, line 1: "b" is not item:unix_seconds/],
    [readSessions(await file('6', 'a:2 b:1\n')), /6, line 1: "b:1" is older/],
    [readSessions(await file('7', '\n')), /7: there is no session/],
  ];
  for (const [attempt, message] of refusals) {
    await expect(attempt).rejects.toThrow(DataError);
    await expect(attempt).rejects.toThrow(message);
  }
});
