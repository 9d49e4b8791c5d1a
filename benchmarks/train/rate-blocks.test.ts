import { expect, test } from '@jest/globals';
import { BLOCKS, RateBlocks } from './rate-blocks.ts';

test('the rates begin after the warm-up and come from the time between reports', () => {
  // 5 blocks of 1 s after 2 s; a report every half second, slow at first and then 100 samples a second.
  const blocks = new RateBlocks(10, 2, 5);
  let samples = 0;
  let done = false;
  for (let now = 10.5; !done; now += 0.5) {
    samples += now <= 12 ? 1 : 50;
    done = blocks.report(samples, now);
    if (done) expect(now).toBe(17);
  }
  expect(blocks.rates).toEqual(Array.from({ length: BLOCKS }, () => 100));
});

test('a report that comes late makes a longer block, not a faster one', () => {
  const blocks = new RateBlocks(0, 0, 5);
  blocks.report(600, 6);
  expect(blocks.rates).toEqual([100]);
});

test('a report without new samples ends no block', () => {
  const blocks = new RateBlocks(0, 1, 5);
  blocks.report(500, 1);
  blocks.report(500, 9);
  expect(blocks.rates).toEqual([]);
});
