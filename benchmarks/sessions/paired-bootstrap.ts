import { uniformInt } from '@sommelier/ncf';
import { type NextItemQuality, qualityOf, type SessionScore } from './next-item.ts';

const STREAM = 0x7365_0001;

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Difference of two rankers on the same sessions, with 95% percentile-bootstrap intervals: sessions are drawn with
 * replacement, the same ones for both. Deterministic by seed.
 */
export function pairedDifference(
  scores: readonly SessionScore[],
  others: readonly SessionScore[],
  { resamples, seed }: { resamples: number; seed: number },
): { readonly hr20: Interval; readonly mrr20: Interval } {
  if (scores.length !== others.length || scores.length === 0) {
    throw new RangeError(`${scores.length} and ${others.length} sessions cannot be paired`);
  }
  const differences = { hr20: new Float64Array(resamples), mrr20: new Float64Array(resamples) };
  for (let resample = 0; resample < resamples; resample++) {
    let beginnings = 0;
    let hits = 0;
    let reciprocalRanks = 0;
    for (let place = 0; place < scores.length; place++) {
      const drawn = uniformInt(scores.length, seed, STREAM, resample, place);
      const one = scores[drawn]!;
      const other = others[drawn]!;
      beginnings += one.beginnings;
      hits += one.hits - other.hits;
      reciprocalRanks += one.reciprocalRanks - other.reciprocalRanks;
    }
    differences.hr20[resample] = hits / beginnings;
    differences.mrr20[resample] = reciprocalRanks / beginnings;
  }
  const quality = qualityOf(scores);
  const otherQuality = qualityOf(others);
  const interval = (key: 'hr20' | ('mrr20' & keyof NextItemQuality)): Interval => {
    const sorted = differences[key].sort();
    const at = (share: number) => sorted[Math.round(share * (resamples - 1))]!;
    return { value: quality[key] - otherQuality[key], low: at(0.025), high: at(0.975) };
  };
  return { hr20: interval('hr20'), mrr20: interval('mrr20') };
}
