import { expect, test } from '@jest/globals';
import { busyShare, parseTimes } from './busy-share.ts';

test('neither idle time nor waiting for a disk is work', () => {
  const before = parseTimes('cpu  100 10 50 800 40 0 0 0 0 0\ncpu0 1 2 3 4\n');
  expect(before).toEqual({ busy: 160, total: 1_000 });
  const after = parseTimes('cpu  190 10 50 805 45 0 0 0 0 0\n');
  expect(busyShare(before, after)).toBeCloseTo(0.9, 10);
});

test('another text is refused', () => {
  expect(() => parseTimes('intr 1 2 3')).toThrow('/proc/stat');
});
