import type { TrainingPairs } from '../engine/training-engine.ts';
import { uniformInt } from '../random/counter-random.ts';
import { EVALUATION_STREAM } from './evaluation-streams.ts';

/** The items that each user's positive competes with in the paper's form of the metrics: compressed rows. */
export interface SampledNegatives {
  /** `[users + 1]`, by the place of the user among those that are ranked. */
  readonly offsets: Uint32Array;
  /** Item index, ascending within a user. */
  readonly items: Uint32Array;
}

/**
 * Draws `count` distinct items for each user, uniformly among those that are neither in the user's training pairs nor
 * the positive; all of them where there are fewer. The draw of a user depends on (seed, user) alone.
 *
 * `positives`: `[all users]`, item index; `users`: those that are ranked.
 */
export function sampleNegatives(
  train: TrainingPairs,
  positives: Int32Array,
  users: Uint32Array,
  { count, seed }: { count: number; seed: number },
): SampledNegatives {
  const offsets = new Uint32Array(users.length + 1);
  const items = new Uint32Array(users.length * Math.min(count, train.itemCount));
  let size = 0;
  for (const [place, user] of users.entries()) {
    const excluded = excludedItems(train, user, positives[user]!);
    const ranks = distinctBelow(train.itemCount - excluded.length, count, seed, user);
    for (const item of itemsAtRanks(ranks, excluded)) items[size++] = item;
    offsets[place + 1] = size;
  }
  return { offsets, items: items.slice(0, size) };
}

/** The user's training items and the positive, ascending. */
function excludedItems(train: TrainingPairs, user: number, positive: number): Uint32Array {
  const own = train.items.subarray(train.offsets[user]!, train.offsets[user + 1]!);
  const excluded = new Uint32Array(own.length + 1);
  excluded.set(own);
  excluded[own.length] = positive;
  return excluded.sort();
}

/** `count` distinct numbers below `bound`, ascending, each set equally likely, in `count` draws (Floyd's algorithm). */
function distinctBelow(bound: number, count: number, seed: number, user: number): number[] {
  const chosen = new Set<number>();
  for (let last = Math.max(0, bound - count); last < bound; last++) {
    const draw = uniformInt(last + 1, seed, EVALUATION_STREAM.negatives, user, last);
    chosen.add(chosen.has(draw) ? last : draw);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Items by their rank among those that are not excluded; both lists ascend. */
function itemsAtRanks(ranks: readonly number[], excluded: Uint32Array): number[] {
  let skipped = 0;
  return ranks.map((rank) => {
    while (skipped < excluded.length && excluded[skipped]! <= rank + skipped) skipped++;
    return rank + skipped;
  });
}
