/** Rank of a positive whose score is not a number: it is not on any list. */
export const UNRANKED = 0xffff_ffff;

/** HR@k of one user: 1 if the positive is among the first k, else 0. `rank` counts from 1. */
export function hitRate(rank: number, cutoff: number): number {
  return rank <= cutoff ? 1 : 0;
}

/**
 * NDCG@k of one user with a single relevant item: 1 / log2(rank + 1) if the positive is among the first k, else 0.
 * (The ideal list has it first, so that the ideal gain is 1 / log2(2) = 1.)
 */
export function ndcg(rank: number, cutoff: number): number {
  return rank <= cutoff ? 1 / Math.log2(rank + 1) : 0;
}

/** Mean NDCG@k over users. */
export function meanNdcg(ranks: Uint32Array, cutoff: number): number {
  let sum = 0;
  for (const rank of ranks) sum += ndcg(rank, cutoff);
  return ranks.length === 0 ? 0 : sum / ranks.length;
}
