import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configSchema, type LimitsConfig } from '@sommelier/contracts';
import { createLogger } from '@sommelier/platform';
import fc from 'fast-check';
import { RateLimits } from './rate-limits.ts';

const logger = createLogger('test', 'silent');
const DEFAULTS = configSchema.parse({}).limits;

let nowMs: number;
let shared: Map<string, { total: number; endsAtMs: number }>;
let adds: number;
let away: boolean;
let replicas: RateLimits[];

function replica(limits: Partial<LimitsConfig>): RateLimits {
  const counts = {
    async add(name: string, requests: number) {
      adds++;
      if (away) throw new Error('away');
      let count = shared.get(name);
      if (count === undefined || nowMs >= count.endsAtMs) count = { total: 0, endsAtMs: nowMs + 60_000 };
      count.total += requests;
      shared.set(name, count);
      return { total: count.total, msLeft: count.endsAtMs - nowMs };
    },
  };
  const made = new RateLimits({
    limits: { ...DEFAULTS, ...limits },
    shared: counts,
    logger,
    monotonicMs: () => nowMs,
  });
  replicas.push(made);
  return made;
}

const allowedOf = (limits: RateLimits, times: number) =>
  Array.from({ length: times }, () => limits.take('recommend', 'k')?.allowed).filter(
    (allowed) => allowed === true,
  ).length;

beforeEach(() => {
  nowMs = 1_000_000;
  shared = new Map();
  adds = 0;
  away = false;
  replicas = [];
});
afterEach(() => Promise.all(replicas.map((limits) => limits.stop())));

describe('RateLimits', () => {
  it('lets a caller have exactly the limit in a minute on one replica, and says where they stand', () => {
    const limits = replica({ recommendPerMinute: 3 });
    expect(limits.take('recommend', 'k')).toEqual({
      allowed: true,
      limitClass: 'recommend',
      limit: 3,
      remaining: 2,
      secondsLeft: 60,
    });
    nowMs += 1_500;
    limits.take('recommend', 'k');
    expect(limits.take('recommend', 'k')).toMatchObject({ allowed: true, remaining: 0, secondsLeft: 59 });
    expect(limits.take('recommend', 'k')).toMatchObject({ allowed: false, remaining: 0 });
    expect(limits.isExhausted('recommend', 'k')).toBe(true);
    expect(limits.take('recommend', 'other')).toMatchObject({ allowed: true });
    expect(limits.take('ingest', 'k')).toMatchObject({ allowed: true });
    nowMs += 58_500;
    expect(limits.isExhausted('recommend', 'k')).toBe(false);
    expect(limits.take('recommend', 'k')).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('counts nothing where the limit is 0', async () => {
    const limits = replica({ recommendPerMinute: 0 });
    expect(limits.take('recommend', 'k')).toBeUndefined();
    await limits.settle();
    expect([adds, limits.isExhausted('recommend', 'k')]).toEqual([0, false]);
  });

  it('asks for the shared count once for many requests', async () => {
    const limits = replica({ recommendPerMinute: 100_000 });
    expect(allowedOf(limits, 4_000)).toBe(4_000);
    expect(adds).toBe(0);
    await limits.settle();
    expect(adds).toBe(1);
    expect(shared.get('recommend:k')?.total).toBe(4_000);
    await limits.settle();
    expect(adds).toBe(1);
  });

  it('replicas together stay within the limit and a twentieth of it for each further one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 9 })), { maxLength: 120 }),
        async (limit, turns) => {
          shared = new Map();
          const three = [0, 1, 2].map(() => replica({ recommendPerMinute: limit }));
          let allowed = 0;
          let asked = 0;
          for (const [who, times] of turns) {
            for (let i = 0; i < times; i++) {
              asked++;
              if (three[who]?.take('recommend', 'k')?.allowed === true) allowed++;
              // The shared counts answer before the next request.
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          // What they still hold would otherwise be added to the counts of the next case.
          await Promise.all(three.map((one) => one.stop()));
          expect(allowed).toBeGreaterThanOrEqual(Math.min(limit, asked));
          expect(allowed).toBeLessThanOrEqual(limit + 2 * Math.ceil(limit / 20));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('holds each replica to the limit alone while the shared counts are away, and adds up afterwards', async () => {
    away = true;
    const limits = replica({ recommendPerMinute: 10 });
    expect(allowedOf(limits, 6)).toBe(6);
    // The first request asks at once, since one is more than a twentieth; from then on only the clock asks.
    await new Promise((resolve) => setImmediate(resolve));
    expect(allowedOf(limits, 6)).toBe(4);
    expect(adds).toBe(1);
    away = false;
    await limits.settle();
    expect(shared.get('recommend:k')?.total).toBe(10);
    expect(allowedOf(limits, 1)).toBe(0);
  });

  it('ends a minute when the shared count does', async () => {
    shared.set('recommend:k', { total: 5, endsAtMs: nowMs + 10_000 });
    const limits = replica({ recommendPerMinute: 6 });
    limits.take('recommend', 'k');
    await limits.settle();
    expect(limits.take('recommend', 'k')).toMatchObject({ allowed: false, secondsLeft: 10 });
    nowMs += 10_000;
    expect(limits.take('recommend', 'k')).toMatchObject({ allowed: true });
  });

  it('keeps a bounded number of callers', () => {
    const limits = replica({ refusedPerMinute: 1 });
    for (let i = 0; i <= 20_000; i++) limits.take('refused', `a${i}`);
    expect(limits.isExhausted('refused', 'a0')).toBe(false);
    expect(limits.isExhausted('refused', 'a1')).toBe(true);
  });
});
