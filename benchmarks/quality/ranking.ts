import type { RankingTask } from './rated-pairs.ts';

/** Length of the list that HR and NDCG look at. */
export const CUTOFF = 10;

/** Scores that are held at once while tasks are ranked. */
const SCORES_AT_ONCE = 8_000_000;

export interface RankingQuality {
  /** Share of the positives among the first ten. */
  readonly hr10: number;
  /** Mean of 1 / log2(rank + 1) of positives among the first ten, 0 for the others; ranks count from 1. */
  readonly ndcg10: number;
}

/** Rank of the positive from 1; a tie counts against it, so a constant scorer never hits. */
export function rankOf(task: RankingTask, scoreOf: (item: number) => number): number {
  const own = scoreOf(task.positive);
  let rank = 1;
  for (const item of task.negatives) {
    // Written so that a NaN counts against the positive as well.
    if (!(scoreOf(item) < own)) rank++;
  }
  return rank;
}

export function qualityOf(ranks: readonly number[]): RankingQuality {
  let hits = 0;
  let gain = 0;
  for (const rank of ranks) {
    if (rank > CUTOFF) continue;
    hits++;
    gain += 1 / Math.log2(rank + 1);
  }
  return { hr10: hits / ranks.length, ndcg10: gain / ranks.length };
}

/** Ranks every task by what `scoreUsers` gives for whole users, `[users.length, itemCount]`, a block at a time. */
export async function rankTasks(
  tasks: readonly RankingTask[],
  itemCount: number,
  scoreUsers: (users: Uint32Array) => Promise<Float32Array>,
): Promise<RankingQuality> {
  const atOnce = Math.max(1, Math.floor(SCORES_AT_ONCE / itemCount));
  const ranks: number[] = [];
  for (let from = 0; from < tasks.length; from += atOnce) {
    const some = tasks.slice(from, from + atOnce);
    const scores = await scoreUsers(Uint32Array.from(some, ({ user }) => user));
    some.forEach((task, row) => {
      ranks.push(rankOf(task, (item) => scores[row * itemCount + item]!));
    });
  }
  return qualityOf(ranks);
}
