import { describe, expect, it } from '@jest/globals';
import { formatCount, formatEstimate, formatRate, formatSeconds } from './format.ts';

describe('formats for people', () => {
  it('writes counts, seconds, rates and estimates', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect([0.04, 12.34, 99.9, 185.2].map(formatSeconds)).toEqual([
      '0.0 s',
      '12.3 s',
      '99.9 s',
      '3 min 05 s',
    ]);
    expect([950, 85_400, 999_499, 1_234_000].map(formatRate)).toEqual(['950', '85k', '999k', '1.2M']);
    expect(formatEstimate({ mean: 0.12345, low: 0, high: 1 })).toBe('.1235 (.0000-1.0000)');
  });

  it('never rounds seconds up to sixty', () => {
    expect(formatSeconds(119.7)).toBe('2 min 00 s');
  });
});
