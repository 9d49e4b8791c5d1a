import { afterEach, describe, expect, it } from '@jest/globals';
import type { Manifest } from '@sommelier/contracts';
import type { ScanMemory } from '@sommelier/ncf';
import { createLogger } from '@sommelier/platform';
import { DEFAULT_SCORING_LIMITS, type OpenModel, type ScoringLimits, ScoringPool } from './scoring-pool.ts';
import type { ScoreRequest, SharedModel } from './scoring-protocol.ts';

const ENTRY = new URL('../testing/fixture-thread.mjs', import.meta.url);
const logger = createLogger('test', 'silent');
const pools: ScoringPool[] = [];

function start(limits: Partial<ScoringLimits> = {}): ScoringPool {
  const pool = new ScoringPool(ENTRY, { ...DEFAULT_SCORING_LIMITS, ...limits }, logger);
  pools.push(pool);
  return pool;
}

/** What the fixture looks at: its name says how it behaves, `queries` how many requests a thread takes at once. */
function modelOf(version: string, queries = 1, warmUp: readonly string[] = []): SharedModel {
  return {
    bytes: new SharedArrayBuffer(8),
    manifest: { version } as Manifest,
    memory: { sizes: { queries } } as ScanMemory,
    personalizer: { gram: new Float64Array(0), meanMlp: new Float32Array(0) },
    popularity: new Uint32Array(0),
    warmUp: warmUp.map(request),
  };
}

const never = new AbortController().signal;
const open = async (limits: Partial<ScoringLimits> = {}, queries = 1) =>
  start(limits).open(modelOf('serve', queries), never);
const request = (userId: string): ScoreRequest => ({
  userId,
  events: [],
  nowMs: 0,
  n: 1,
  excludeHistory: false,
  excludedItemIds: [],
});
/** Item ids of the fixture's answer: the user, the model's version, the slot, how many were answered together. */
const answered = async (model: OpenModel, userId: string) =>
  (await model.score(request(userId))).items.map((item) => item.itemId);
const scored = async (model: OpenModel, userId: string) => (await answered(model, userId))[0];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('requests', () => {
  it('get each their own answer, over several threads', async () => {
    const model = await open({ threads: 2 });
    const users = Array.from({ length: 50 }, (_, index) => `u${index}`);
    expect(await Promise.all(users.map((user) => scored(model, user)))).toEqual(users);
  });

  it('that wait are taken together, as many as the memory has room for, and each gets its own answer', async () => {
    const model = await open({}, 3);
    const all = ['slow', 'a', 'b', 'fail', 'c', 'd'].map((user) => answered(model, user));
    const [slow, a, b, fail, c, d] = await Promise.allSettled(all);
    expect(slow).toMatchObject({ value: ['slow', 'serve', 'slot 0', 'one of 1'] });
    expect(a).toMatchObject({ value: ['a', 'serve', 'slot 0', 'one of 3'] });
    expect(b).toMatchObject({ value: ['b', 'serve', 'slot 0', 'one of 3'] });
    expect(fail).toMatchObject({ reason: { code: 'internal', message: 'it cannot be scored' } });
    expect(c).toMatchObject({ value: ['c', 'serve', 'slot 0', 'one of 2'] });
    expect(d).toMatchObject({ value: ['d', 'serve', 'slot 0', 'one of 2'] });
  });

  it('on different models are never taken together', async () => {
    const pool = start();
    const [one, two] = [await pool.open(modelOf('one', 8), never), await pool.open(modelOf('two', 8), never)];
    const all = [answered(one, 'slow'), answered(one, 'a'), answered(two, 'b'), answered(one, 'c')];
    expect((await Promise.all(all)).slice(1)).toEqual([
      ['a', 'one', 'slot 0', 'one of 1'],
      ['b', 'two', 'slot 0', 'one of 1'],
      ['c', 'one', 'slot 0', 'one of 1'],
    ]);
  });

  it('leave some of themselves to the other threads', async () => {
    const model = await open({ threads: 2 }, 8);
    const users = ['slow', 'slow', 'a', 'b', 'c', 'd'];
    const all = await Promise.all(users.map((user) => answered(model, user)));
    // Whichever thread is free first takes its share; the rest goes to whichever is next.
    expect(all.slice(2, 4).map(([, , , together]) => together)).toEqual(['one of 2', 'one of 2']);
  });

  it('are refused at once when they do not fit in the line, and nothing that does is dropped', async () => {
    const model = await open({ maxWaiting: 3 });
    const working = scored(model, 'slow');
    const waiting = ['a', 'b', 'c'].map((user) => scored(model, user));
    await expect(model.score(request('d'))).rejects.toMatchObject({ code: 'overloaded' });
    expect(await Promise.all([working, ...waiting])).toEqual(['slow', 'a', 'b', 'c']);
  });

  it('are answered within the deadline, also one that is worked on', async () => {
    const model = await open({ deadlineMs: 30 });
    const both = await Promise.allSettled([model.score(request('slow')), model.score(request('waits'))]);
    expect(both).toMatchObject([{ reason: { code: 'overloaded' } }, { reason: { code: 'overloaded' } }]);
  });
});

describe('a thread that dies or hangs', () => {
  it('is replaced, and its request given to a thread once more', async () => {
    const model = await open();
    expect(await scored(model, 'crash-once')).toBe('crash-once');
  });

  it('fails the request that killed it twice, and not those that were taken with it', async () => {
    const model = await open({}, 4);
    const slow = scored(model, 'slow');
    const killer = model.score(request('crash'));
    const others = ['a', 'b', 'c'].map((user) => scored(model, user));
    await expect(killer).rejects.toMatchObject({ code: 'internal' });
    expect(await Promise.all([slow, ...others])).toEqual(['slow', 'a', 'b', 'c']);
  });

  it('is replaced when it hangs', async () => {
    const model = await open({ hangMs: 200 });
    await expect(model.score(request('hang'))).rejects.toMatchObject({ code: 'internal' });
    expect(await scored(model, 'next')).toBe('next');
  });

  it('gets all open models again, those that were closed not', async () => {
    const pool = start();
    const one = await pool.open(modelOf('one'), never);
    const closed = await pool.open(modelOf('closed'), never);
    const two = await pool.open(modelOf('two'), never);
    closed.close();
    await expect(one.score(request('crash'))).rejects.toMatchObject({ code: 'internal' });
    expect(
      (await Promise.all([answered(one, 'a'), answered(two, 'b')])).map((ids) => ids.slice(0, 2)),
    ).toEqual([
      ['a', 'one'],
      ['b', 'two'],
    ]);
    await expect(closed.score(request('late'))).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('opening a model', () => {
  it('has each thread answer the warm-up, in its own slot, while another model serves', async () => {
    const pool = start({ threads: 2 });
    const first = await pool.open(modelOf('first'), never);
    const working = ['slow', 'slow', 'a'].map((user) => scored(first, user));
    const second = await pool.open(modelOf('second', 1, ['w1', 'w2']), never);
    expect(await Promise.all(working)).toEqual(['slow', 'slow', 'a']);
    const slots = await Promise.all(['slow', 'slow'].map((user) => answered(second, user)));
    expect(slots.map(([, version, slot]) => [version, slot])).toEqual([
      ['second', 'slot 0'],
      ['second', 'slot 1'],
    ]);
  });

  it('fails when a thread refuses it, dies of it twice or takes too long; the other models serve on', async () => {
    const pool = start({ threads: 2, openTimeoutMs: 1_000 });
    const good = await pool.open(modelOf('good'), never);
    await expect(pool.open(modelOf('refuse'), never)).rejects.toMatchObject({
      code: 'model-file-invalid',
      message: 'the test wants it refused',
    });
    await expect(pool.open(modelOf('die-at-open'), never)).rejects.toMatchObject({ code: 'internal' });
    await expect(pool.open(modelOf('never-open'), never)).rejects.toThrow('within 1000 ms');
    expect(await scored(good, 'next')).toBe('next');
  });

  it('survives that a thread dies of it once', async () => {
    expect(await scored(await start().open(modelOf('die-at-first-open'), never), 'a')).toBe('a');
  });

  it('fails when the warm-up does', async () => {
    const pool = start();
    await expect(pool.open(modelOf('serve', 1, ['fail']), never)).rejects.toThrow('it cannot be scored');
    expect(await scored(await pool.open(modelOf('next'), never), 'a')).toBe('a');
  });

  it('is given up when it is told to, also before it begins', async () => {
    const pool = start();
    await expect(pool.open(modelOf('never-open'), AbortSignal.timeout(50))).rejects.toThrow('not wanted');
    await expect(pool.open(modelOf('serve'), AbortSignal.abort())).rejects.toThrow('not wanted');
    expect(await scored(await pool.open(modelOf('next'), never), 'a')).toBe('a');
  });

  it('fails when the pool closes', async () => {
    const pool = start();
    const opening = expect(pool.open(modelOf('never-open'), never)).rejects.toThrow('stopped');
    await pool.close();
    await opening;
    await expect(pool.open(modelOf('serve'), never)).rejects.toThrow('stopped');
  });
});

describe('closing', () => {
  it('a model fails what waits for it, and leaves the others alone', async () => {
    const pool = start();
    const [one, two] = [await pool.open(modelOf('one'), never), await pool.open(modelOf('two'), never)];
    const [slow, waits, other] = [scored(one, 'slow'), scored(one, 'waits'), scored(two, 'a')];
    const closed = expect(waits).rejects.toThrow('was closed');
    one.close();
    await closed;
    expect(await Promise.all([slow, other])).toEqual(['slow', 'a']);
  });

  it('the pool fails what is not answered, and everything after', async () => {
    const pool = start();
    const model = await pool.open(modelOf('serve'), never);
    const left = Promise.allSettled([model.score(request('slow')), model.score(request('waits'))]);
    await pool.close();
    expect((await left).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    await expect(model.score(request('late'))).rejects.toMatchObject({ code: 'internal' });
  });
});
