import { describe, expect, it } from '@jest/globals';
import { recentReading } from './recent-reading.ts';

const LONG_MS = 60_000;

describe('recentReading', () => {
  it('asks once for all who ask at the same time, and again when the answer is old', async () => {
    let asked = 0;
    const counted = async () => ++asked;
    const fresh = recentReading(counted, { maxAgeMs: LONG_MS, timeoutMs: LONG_MS });
    expect(await Promise.all([fresh(), fresh()])).toEqual([1, 1]);
    expect(await fresh()).toBe(1);
    const stale = recentReading(counted, { maxAgeMs: 0, timeoutMs: LONG_MS });
    expect([await stale(), await stale()]).toEqual([2, 3]);
  });

  it('has no figure of what fails, and asks it again', async () => {
    let isAway = true;
    const reading = recentReading(
      async () => {
        if (isAway) throw new Error('away');
        return 'here';
      },
      { maxAgeMs: 0, timeoutMs: LONG_MS },
    );
    expect(await reading()).toBeUndefined();
    isAway = false;
    expect(await reading()).toBe('here');
  });

  it('does not wait for what hangs, nor asks it a second time meanwhile', async () => {
    let asked = 0;
    let answer: (text: string) => void = () => {};
    const hanging = () => {
      asked++;
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    };
    const reading = recentReading(hanging, { maxAgeMs: LONG_MS, timeoutMs: 5 });
    expect([await reading(), await reading()]).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
    answer('at last');
    await Promise.resolve();
    expect(await reading()).toBe('at last');
    expect(asked).toBe(1);
  });
});
