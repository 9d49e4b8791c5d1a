import { SommelierError } from '@sommelier/contracts';
import type { TrainingPairs } from '../engine/training-engine.ts';
import { UNRANKED } from './ranking-metrics.ts';
import type { SampledNegatives } from './sampled-negatives.ts';

/** Most memory that the scores of a batch of users take. */
const MAX_BATCH_BYTES = 32 * 1_048_576;
const BYTES_A_SCORE = 4;

/** Whatever can order items for users; a `TrainingEngine` is one. */
export interface Ranker {
  /** Scores of all items, larger is better: `[users.length, items]`, row by row. */
  scoreUsers(users: Uint32Array): Promise<Float32Array>;
}

export interface RankingTask {
  /** A user's own items here are not candidates. */
  readonly train: TrainingPairs;
  /** `[all users]`, the withheld item. */
  readonly positives: Int32Array;
  /** Users to rank, each with a positive. */
  readonly users: Uint32Array;
  readonly negatives?: SampledNegatives;
}

/** Ranks of the positives, from 1, in the order of `users`. */
export interface Ranks {
  /** Among all items without a training interaction of the user. */
  readonly full: Uint32Array;
  /** Among the sampled negatives; empty without them. */
  readonly sampled: Uint32Array;
}

/**
 * Ranks each user's positive. Ties count against it, and so does an item whose score is not a number; a positive
 * whose own score is not a number is `UNRANKED`. Users are scored in batches of at most 32 MiB (or one user).
 * `onProgress` gets the share of users that are done.
 * @throws SommelierError `internal` when the ranker returns another number of scores than asked for.
 */
export async function rankPositives(
  ranker: Ranker,
  task: RankingTask,
  onProgress?: (fraction: number) => void,
): Promise<Ranks> {
  const { users, train, negatives } = task;
  const full = new Uint32Array(users.length);
  const sampled = new Uint32Array(negatives === undefined ? 0 : users.length);
  const batchSize = Math.max(1, Math.floor(MAX_BATCH_BYTES / (BYTES_A_SCORE * train.itemCount)));
  for (let from = 0; from < users.length; from += batchSize) {
    const batch = users.slice(from, from + batchSize);
    const scores = await ranker.scoreUsers(batch);
    if (scores.length !== batch.length * train.itemCount) {
      throw new SommelierError(
        'internal',
        `The ranker gave ${scores.length} scores for ${batch.length} users x ${train.itemCount} items`,
      );
    }
    for (const [index, user] of batch.entries()) {
      const row = scores.subarray(index * train.itemCount, (index + 1) * train.itemCount);
      const positive = task.positives[user]!;
      full[from + index] = rankAmongAll(row, positive, train, user);
      if (negatives) sampled[from + index] = rankAmongSampled(row, positive, negatives, from + index);
    }
    onProgress?.((from + batch.length) / users.length);
  }
  return { full, sampled };
}

/** Items not below the positive, itself included, less the user's training items among them. */
function rankAmongAll(row: Float32Array, positive: number, train: TrainingPairs, user: number): number {
  const score = row[positive]!;
  if (Number.isNaN(score)) return UNRANKED;
  let rank = 0;
  // "Not below" rather than "at or above": a score of NaN counts against the positive.
  for (let item = 0; item < row.length; item++) if (!(row[item]! < score)) rank++;
  for (let pair = train.offsets[user]!; pair < train.offsets[user + 1]!; pair++) {
    if (!(row[train.items[pair]!]! < score)) rank--;
  }
  return rank;
}

function rankAmongSampled(
  row: Float32Array,
  positive: number,
  negatives: SampledNegatives,
  place: number,
): number {
  const score = row[positive]!;
  if (Number.isNaN(score)) return UNRANKED;
  let rank = 1;
  for (let index = negatives.offsets[place]!; index < negatives.offsets[place + 1]!; index++) {
    if (!(row[negatives.items[index]!]! < score)) rank++;
  }
  return rank;
}
