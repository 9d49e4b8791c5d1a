import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@sommelier/platform';
import { ChangeFollower } from './change-follower.ts';
import { ChangeTable } from './testing/change-table.ts';

const POLL_MS = 500;
const EVERYTHING = [['users', 'all'], ['items', 'all'], ['categories']];
const UNKNOWN = [['erased', 'unknown'], ...EVERYTHING];

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function following() {
  const table = new ChangeTable();
  const told: unknown[] = [];
  const follower = new ChangeFollower({
    store: table,
    handlers: {
      usersChanged: (users) => told.push(['users', users]),
      usersErased: (erased) => told.push(['erased', erased]),
      itemsChanged: (items) => told.push(['items', items]),
      categoriesChanged: () => told.push(['categories']),
    },
    pollMs: POLL_MS,
    logger: createLogger('test', 'silent'),
    monotonicMs: () => performance.now(),
  });
  const pass = async (ms: number) => {
    table.nowMs += ms;
    await jest.advanceTimersByTimeAsync(ms);
  };
  return { table, told, follower, pass };
}

describe('following the log of changes', () => {
  it('tells once about all rows of a reading, by kind', async () => {
    const { table, told, follower, pass } = following();
    follower.start();
    await pass(0);
    expect(told.splice(0)).toEqual(UNKNOWN);
    table.commit(1, 'user', 'a');
    table.commit(2, 'item', 'x');
    table.commit(3, 'user', 'b');
    table.commit(4, 'user', 'a');
    await pass(POLL_MS);
    expect(told).toEqual([
      ['users', ['a', 'b']],
      ['items', ['x']],
    ]);
    told.length = 0;
    table.commit(5, 'user', 'a');
    table.commit(6, 'users', '*');
    table.commit(7, 'items', '*');
    table.commit(8, 'categories', '*');
    await pass(5 * POLL_MS);
    expect(told).toEqual(EVERYTHING);
    await follower.stop();
  });

  it('tells who was erased before it drops what is kept of everybody', async () => {
    const { table, told, follower, pass } = following();
    follower.start();
    await pass(0);
    told.length = 0;
    table.commit(1, 'user', 'a');
    table.commit(2, 'erased', `7.${Buffer.from('ab'.repeat(32), 'hex').toString('base64url')}`);
    await pass(POLL_MS);
    expect(told).toEqual([
      ['erased', [{ id: 7, userHash: 'ab'.repeat(32) }]],
      ['users', 'all'],
    ]);
    await follower.stop();
  });

  it('reads at once on a hint, and but a few times for many', async () => {
    const { table, told, follower, pass } = following();
    follower.hint();
    follower.start();
    await pass(100);
    told.length = 0;
    table.commit(1, 'user', 'a');
    const before = table.reads.length;
    for (let hint = 0; hint < 1_000; hint++) follower.hint();
    await pass(20);
    expect(told).toEqual([['users', ['a']]]);
    expect(table.reads.length - before).toBeLessThan(3);
    await follower.stop();
  });

  it('is not current before its first reading, nor long after its last', async () => {
    const { table, follower, pass } = following();
    table.failing = true;
    follower.start();
    await pass(10 * POLL_MS);
    expect(follower.isCurrent()).toBe(false);
    table.failing = false;
    await pass(POLL_MS);
    expect(follower.isCurrent()).toBe(true);
    table.failing = true;
    await pass(2_000);
    expect(follower.isCurrent()).toBe(true);
    await pass(2_000);
    expect(follower.isCurrent()).toBe(false);
    await follower.stop();
  });

  it('tells what it missed while the database was away before it is current again', async () => {
    const { table, told, follower, pass } = following();
    follower.start();
    await pass(0);
    told.length = 0;
    table.failing = true;
    await pass(60_000);
    table.commit(1, 'user', 'a');
    expect(follower.isCurrent()).toBe(false);
    table.failing = false;
    await pass(POLL_MS);
    expect(told).toEqual([['users', ['a']]]);
    expect(follower.isCurrent()).toBe(true);
    await follower.stop();
  });

  it('takes everything as changed when the table is not the same', async () => {
    const { table, told, follower, pass } = following();
    table.commit(1);
    follower.start();
    await pass(15_000);
    told.length = 0;
    table.rows = [];
    await pass(POLL_MS);
    expect(told).toEqual(UNKNOWN);
    expect(follower.isCurrent()).toBe(true);
    await follower.stop();
  });

  it('removes old rows now and then', async () => {
    const { table, follower, pass } = following();
    table.commit(1);
    follower.start();
    await pass(1_800_000);
    table.commit(2);
    await pass(1_799_000);
    expect(table.rows.map(({ id }) => id)).toEqual([1, 2]);
    await pass(120_000);
    expect(table.rows.map(({ id }) => id)).toEqual([2]);
    await follower.stop();
  });

  it('ends', async () => {
    const { table, follower, pass } = following();
    follower.start();
    await pass(0);
    await follower.stop();
    const before = table.reads.length;
    follower.hint();
    await pass(10 * POLL_MS);
    expect(table.reads.length).toBe(before);
    expect(follower.isCurrent()).toBe(false);
  });
});
