import { afterEach, describe, expect, it } from '@jest/globals';
import type { Manifest } from '@sommelier/contracts';
import { createLogger } from '@sommelier/platform';
import { DEFAULT_SCORING_LIMITS, type ScoringLimits, ScoringPool } from './scoring-pool.ts';

const ENTRY = new URL('./testing/fixture-thread.mjs', import.meta.url);
const logger = createLogger('test', 'silent');
const pools: ScoringPool[] = [];

async function open(
  limits: Partial<ScoringLimits> = {},
  mode = 'serve',
  signal = new AbortController().signal,
): Promise<ScoringPool> {
  const data = { bytes: new SharedArrayBuffer(4), manifest: { version: mode } as Manifest };
  const pool = await ScoringPool.open(ENTRY, data, { ...DEFAULT_SCORING_LIMITS, ...limits }, logger, signal);
  pools.push(pool);
  return pool;
}

const request = (userId: string) => ({
  userId,
  events: [],
  nowMs: 0,
  n: 1,
  excludeHistory: false,
  excludedItemIds: [],
});
const scored = async (pool: ScoringPool, userId: string) =>
  (await pool.score(request(userId))).items.map((item) => item.itemId);

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('ScoringPool', () => {
  it('gives each request its own answer, over several threads', async () => {
    const pool = await open({ threads: 2 });
    const users = Array.from({ length: 50 }, (_, index) => `u${index}`);
    expect(await Promise.all(users.map((user) => scored(pool, user)))).toEqual(users.map((user) => [user]));
  });

  it('passes on what a thread says of one request, and goes on', async () => {
    const pool = await open();
    await expect(pool.score(request('fail'))).rejects.toMatchObject({ code: 'internal' });
    expect(await scored(pool, 'next')).toEqual(['next']);
  });

  it('replaces a thread that dies and gives its request to a thread once more', async () => {
    const pool = await open();
    expect(await scored(pool, 'crash-once')).toEqual(['crash-once']);
  });

  it('fails a request that kills its thread twice, and serves the others', async () => {
    const pool = await open();
    const killer = pool.score(request('crash'));
    const others = ['a', 'b', 'c'].map((user) => scored(pool, user));
    await expect(killer).rejects.toMatchObject({ code: 'internal' });
    expect(await Promise.all(others)).toEqual([['a'], ['b'], ['c']]);
  });

  it('replaces a thread that hangs', async () => {
    const pool = await open({ hangMs: 200 });
    await expect(pool.score(request('hang'))).rejects.toMatchObject({ code: 'internal' });
    expect(await scored(pool, 'next')).toEqual(['next']);
  });

  it('refuses at once what does not fit in the line, and drops nothing that does', async () => {
    const pool = await open({ maxWaiting: 3 });
    const working = scored(pool, 'slow');
    const waiting = ['a', 'b', 'c'].map((user) => scored(pool, user));
    await expect(pool.score(request('d'))).rejects.toMatchObject({ code: 'overloaded' });
    expect(await Promise.all([working, ...waiting])).toEqual([['slow'], ['a'], ['b'], ['c']]);
  });

  it('answers within the deadline, also a request that is worked on', async () => {
    const pool = await open({ deadlineMs: 30 });
    const both = await Promise.allSettled([pool.score(request('slow')), pool.score(request('waits'))]);
    expect(both).toMatchObject([{ reason: { code: 'overloaded' } }, { reason: { code: 'overloaded' } }]);
  });

  it('does not open on a model that a thread refuses, nor when a thread dies or is not ready in time', async () => {
    await expect(open({}, 'refuse')).rejects.toMatchObject({
      code: 'model-file-invalid',
      message: 'the test wants it refused',
    });
    await expect(open({ threads: 2 }, 'die-at-load')).rejects.toMatchObject({ code: 'internal' });
    await expect(open({ loadTimeoutMs: 50 }, 'never-ready')).rejects.toThrow('within 50 ms');
  });

  it('gives up loading when it is told to', async () => {
    await expect(open({}, 'never-ready', AbortSignal.timeout(50))).rejects.toThrow('not wanted any more');
  });

  it('fails what is not answered when it closes, and everything after', async () => {
    const pool = await open();
    const left = Promise.allSettled([pool.score(request('slow')), pool.score(request('waits'))]);
    await pool.close();
    expect((await left).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    await expect(pool.score(request('late'))).rejects.toMatchObject({ code: 'internal' });
  });
});
