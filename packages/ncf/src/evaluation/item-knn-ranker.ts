import type { TrainingPairs } from '../engine/training-engine.ts';
import { type ItemKnnOptions, ItemNeighbours } from './item-neighbours.ts';
import type { Ranker } from './rank-positives.ts';

/**
 * Baseline: an item's score is the sum of the similarities that the user's training items have to it (Sarwar et al.
 * 2001, on binary interactions), where each training item speaks for its own nearest neighbours only.
 */
export function createItemKnnRanker(train: TrainingPairs, options: ItemKnnOptions = {}): Ranker {
  const neighbours = new ItemNeighbours(train, options);
  return {
    async scoreUsers(users) {
      const scores = new Float32Array(users.length * train.itemCount);
      for (const [row, user] of users.entries()) {
        const base = row * train.itemCount;
        for (let pair = train.offsets[user]!; pair < train.offsets[user + 1]!; pair++) {
          const { items, values } = neighbours.of(train.items[pair]!);
          for (let index = 0; index < items.length; index++) {
            scores[base + items[index]!]! += values[index]!;
          }
        }
      }
      return scores;
    },
  };
}
