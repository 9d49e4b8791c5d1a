import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultCutMs, SHARE_AFTER_CUT } from './gate-cut.ts';

const cutOf = (times: readonly number[]) => defaultCutMs({ timestampsMs: Float64Array.from(times) });

test('leaves the last tenth after itself, in whatever order the pairs are', () => {
  expect(cutOf([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])).toBe(90);
  expect(cutOf([100, 10, 90, 20, 80, 30, 70, 40, 60, 50])).toBe(90);
  expect(cutOf([1, 2])).toBe(1);
});

test('does not cut through pairs of the same time', () => {
  expect(cutOf([1, 2, 3, 4, 5, 6, 7, 7, 7, 7])).toBe(6);
});

test('there is no cut where nothing would be before it', () => {
  expect(cutOf([])).toBeUndefined();
  expect(cutOf([5])).toBeUndefined();
  expect(cutOf([5, 5, 5])).toBeUndefined();
});

test('at least a tenth is after it, and no later cut at a time of the log would leave as much', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 2, maxLength: 60 }), (times) => {
      const cut = cutOf(times);
      const after = (ms: number) => times.filter((time) => time > ms).length;
      if (cut === undefined) {
        const earlier = [...new Set(times)].filter((time) => after(time) >= SHARE_AFTER_CUT * times.length);
        expect(earlier).toEqual([]);
        return;
      }
      expect(after(cut)).toBeGreaterThanOrEqual(SHARE_AFTER_CUT * times.length);
      expect(times).toContain(cut);
      const later = [...new Set(times)].filter((time) => time > cut);
      for (const time of later) expect(after(time)).toBeLessThan(SHARE_AFTER_CUT * times.length);
    }),
  );
});
