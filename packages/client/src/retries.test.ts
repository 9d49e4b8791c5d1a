import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryAfterMs, retryPolicyOf, waitBefore } from './retries.ts';

const policy = { ...retryPolicyOf({ retries: 5, retryBaseMs: 100, retryMaxMs: 1_000 }), random: () => 0.5 };

describe('waitBefore', () => {
  it('doubles the range with each try, up to the longest wait, and then gives up', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => waitBefore(policy, attempt))).toEqual([
      50,
      100,
      200,
      400,
      500,
      undefined,
    ]);
  });

  it('comes after what the server asked for, and gives up what is asked for too long', () => {
    expect(waitBefore(policy, 1, 300)).toBe(350);
    expect(waitBefore(policy, 5, 900)).toBe(1_000);
    expect(waitBefore(policy, 1, 1_001)).toBeUndefined();
  });

  it('is never shorter than asked for, nor longer than the longest', () => {
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.nat(1_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, asked, drawn) => {
          const wait = waitBefore({ ...policy, random: () => drawn }, tries + 1, asked);
          if (tries === 5) expect(wait).toBeUndefined();
          else expect(wait! >= asked && wait! <= 1_000).toBe(true);
        },
      ),
    );
  });
});

describe('retryAfterMs', () => {
  it('reads seconds and dates, and takes anything else for nothing', () => {
    const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0);
    const of = (header: string | null) => retryAfterMs(header, nowMs);
    expect(of('2')).toBe(2_000);
    expect(of('Thu, 01 Jan 2026 12:00:05 GMT')).toBe(5_000);
    expect(of('Thu, 01 Jan 2026 11:00:00 GMT')).toBe(0);
    for (const header of [null, '', 'soon', '-1', '1e3', '99999999999999999999']) expect(of(header)).toBe(0);
  });
});
