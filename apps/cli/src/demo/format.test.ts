import { describe, expect, it } from '@jest/globals';
import { formatEstimate, formatRate } from './format.ts';

describe('formats for people', () => {
  it('writes rates and estimates', () => {
    expect([950, 85_400, 999_499, 1_234_000].map(formatRate)).toEqual(['950', '85k', '999k', '1.2M']);
    expect(formatEstimate({ mean: 0.12345, low: 0, high: 1 })).toBe('.1235 (.0000-1.0000)');
  });
});
