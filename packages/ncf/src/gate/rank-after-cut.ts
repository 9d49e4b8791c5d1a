import { SommelierError } from '@sommelier/contracts';
import type { Ranker } from '../evaluation/rank-positives.ts';
import { type GateSide, UNKNOWN } from './gate-task.ts';

/** Most memory that the scores of a batch of users take. */
const MAX_BATCH_BYTES = 32 * 1_048_576;
const BYTES_A_SCORE = 4;

/**
 * NDCG@k of each user of the task, `[users]`: the gain 1 / log2(rank + 1) of every pair after the cut that is among the
 * user's first k, summed, over the largest sum that so many pairs can have (Järvelin and Kekäläinen 2002, with binary
 * relevance). Candidates are the ranker's items that the user has not seen until the cut. A user or an item that the
 * ranker does not know is a miss. Ties count against a pair, and so does a score that is not a number.
 *
 * Users are scored in batches of at most 32 MiB (or one user); those without a known pair are not scored.
 * @throws SommelierError `internal` when the ranker returns another number of scores than asked for.
 */
export async function ndcgAfterCut(
  ranker: Ranker,
  side: GateSide,
  cutoff: number,
  onProgress?: (fraction: number) => void,
): Promise<Float64Array> {
  const { itemCount, users } = side;
  const result = new Float64Array(users.length);
  const places = [...users.keys()].filter((place) => users[place] !== UNKNOWN && hasKnownPair(side, place));
  const batchSize = Math.max(1, Math.floor(MAX_BATCH_BYTES / (BYTES_A_SCORE * itemCount)));
  for (let from = 0; from < places.length; from += batchSize) {
    const batch = places.slice(from, from + batchSize);
    const scores = await ranker.scoreUsers(Uint32Array.from(batch, (place) => users[place]!));
    if (scores.length !== batch.length * itemCount) {
      const expected = `${batch.length} users x ${itemCount} items`;
      throw new SommelierError('internal', `The ranker gave ${scores.length} scores for ${expected}`);
    }
    for (const [index, place] of batch.entries()) {
      const row = scores.subarray(index * itemCount, (index + 1) * itemCount);
      result[place] = ndcgOfRow(row, side, place, cutoff);
    }
    onProgress?.((from + batch.length) / places.length);
  }
  return result;
}

/** NDCG@k of a user with several relevant items; `ranks` from 1, of those that are ranked; `count`: all of them. */
export function ndcgOfMany(ranks: readonly number[], count: number, cutoff: number): number {
  let gain = 0;
  for (const rank of ranks) if (rank <= cutoff) gain += 1 / Math.log2(rank + 1);
  let ideal = 0;
  for (let rank = 1; rank <= Math.min(count, cutoff); rank++) ideal += 1 / Math.log2(rank + 1);
  return ideal === 0 ? 0 : gain / ideal;
}

function hasKnownPair({ positives, offsets }: GateSide, place: number): boolean {
  return positives.subarray(offsets[place]!, offsets[place + 1]!).some((item) => item !== UNKNOWN);
}

function ndcgOfRow(row: Float32Array, side: GateSide, place: number, cutoff: number): number {
  const positives = side.positives.subarray(side.offsets[place]!, side.offsets[place + 1]!);
  const seen = side.seen[place]!;
  const worst = scoreAtRank(row, seen, cutoff);
  const ranks: number[] = [];
  for (const item of positives) {
    // Below the last score of the list there is nothing to gain, so that only a handful of pairs need a pass.
    if (item === UNKNOWN || Number.isNaN(row[item]!) || row[item]! < worst) continue;
    ranks.push(rankOf(row, seen, item));
  }
  return ndcgOfMany(ranks, positives.length, cutoff);
}

/** The k-th largest score of the candidates, one that is not a number counting as the largest. */
function scoreAtRank(row: Float32Array, seen: Uint32Array, cutoff: number): number {
  const best = new Float64Array(cutoff).fill(Number.NEGATIVE_INFINITY);
  let next = 0;
  for (let item = 0; item < row.length; item++) {
    if (next < seen.length && seen[next] === item) {
      next++;
      continue;
    }
    const score = Number.isNaN(row[item]!) ? Number.POSITIVE_INFINITY : row[item]!;
    if (score <= best[cutoff - 1]!) continue;
    let at = cutoff - 1;
    while (at > 0 && best[at - 1]! < score) {
      best[at] = best[at - 1]!;
      at--;
    }
    best[at] = score;
  }
  return best[cutoff - 1]!;
}

/** Candidates that are not below the item, itself included. */
function rankOf(row: Float32Array, seen: Uint32Array, item: number): number {
  const score = row[item]!;
  let rank = 0;
  for (let other = 0; other < row.length; other++) if (!(row[other]! < score)) rank++;
  for (const other of seen) if (!(row[other]! < score)) rank--;
  return rank;
}
