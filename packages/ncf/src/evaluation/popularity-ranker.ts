import type { TrainingPairs } from '../engine/training-engine.ts';
import type { Ranker } from './rank-positives.ts';

/** Baseline: the same order for everybody, by the number of users with a training interaction. */
export function createPopularityRanker(train: TrainingPairs): Ranker {
  const popularity = new Float32Array(train.itemCount);
  for (const item of train.items) popularity[item]!++;
  return {
    async scoreUsers(users) {
      const scores = new Float32Array(users.length * train.itemCount);
      for (let row = 0; row < users.length; row++) scores.set(popularity, row * train.itemCount);
      return scores;
    },
  };
}
