import { expect, test } from '@jest/globals';
import { requireDeviceFits } from './device-limits.ts';

const SHAPE = { userCount: 99, itemCount: 9, factors: 8, layers: [16, 8] };

test('tables up to the limits of a device are accepted, and without a limit any', () => {
  // 100 rows of 3 x 16 numbers.
  requireDeviceFits(SHAPE, { rows: 100, tableBytes: 100 * 3 * 16 * 4 });
  requireDeviceFits({ ...SHAPE, userCount: 1e9 });
});

test('a table beyond them is refused with its size and what to do', () => {
  expect(() => requireDeviceFits(SHAPE, { rows: 100, tableBytes: 19_199 })).toThrow(
    /user table has 99 rows and takes 19200 bytes.*19199 bytes.*ENGINE=wasm/,
  );
  expect(() => requireDeviceFits({ ...SHAPE, itemCount: 100 }, { rows: 100, tableBytes: 1e9 })).toThrow(
    /item table has 100 rows/,
  );
});
