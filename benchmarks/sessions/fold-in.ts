import type { RunConfig } from '@sommelier/contracts';
import { createItemScorer, createPersonalizer, type UserEmbedding, userEmbedding } from '@sommelier/ncf';
import type { EngineChoice, TrainModelProgress } from '@sommelier/ncf/training';
import { toHistories } from '../quality/hold-out.ts';
import { qualityOf, type RankingQuality, rankOf } from '../quality/ranking.ts';
import { readRatedData } from '../quality/rated-pairs.ts';
import { type ServedModel, trainServedModel } from './trained-model.ts';

export interface FoldInResult {
  readonly users: number;
  readonly epochs: number;
  readonly foldIn: ServedModel['foldIn'];
  readonly trainedRow: RankingQuality;
  readonly foldedIn: RankingQuality;
  /** NDCG@10 of the folded-in over that of the trained rows. */
  readonly ndcgRatio: number;
  readonly millisecondsAUser: number;
}

/** As users of the model, and as strangers who bring the same training items: how much the fold-in loses. */
export async function measureFoldIn(
  { folder, name }: { folder: string; name: string },
  { config, users, choice }: { config: RunConfig; users: number; choice: EngineChoice },
  onProgress: (progress: TrainModelProgress) => void,
): Promise<FoldInResult> {
  const data = await readRatedData(folder, name);
  const { offsets, items, strengths } = toHistories(data.train, data.userCount, data.itemCount);
  const interactions = {
    userIds: numbered('u', data.userCount),
    itemIds: numbered('i', data.itemCount),
    offsets,
    items,
    strengths,
    timestampsMs: Float64Array.from(items.keys()),
  };
  const { model, foldIn, epochs } = await trainServedModel(interactions, config, choice, onProgress);
  const { parameters } = model;
  const personalizer = createPersonalizer(model, foldIn);
  const tested = data.test.filter((_, index) => isDrawn(index, users, data.test.length));
  let milliseconds = 0;
  const folded = (user: number): UserEmbedding => {
    const start = performance.now();
    const events = Array.from(items.subarray(offsets[user]!, offsets[user + 1]!), (itemIndex) => ({
      itemIndex,
      weight: 1,
      timestampMs: 0,
    }));
    const answer = personalizer.personalize({ events, nowMs: 0 });
    milliseconds += performance.now() - start;
    return answer.user as UserEmbedding;
  };
  const scorer = createItemScorer(parameters);
  const measure = (embed: (user: number) => UserEmbedding) =>
    qualityOf(
      tested.map((task) => {
        scorer.setUser(embed(task.user));
        return rankOf(task, (item) => scorer.score(item));
      }),
    );
  const trainedRow = measure((user) => userEmbedding(parameters, user));
  const foldedIn = measure(folded);
  return {
    users: tested.length,
    epochs,
    foldIn,
    trainedRow,
    foldedIn,
    ndcgRatio: foldedIn.ndcg10 / trainedRow.ndcg10,
    millisecondsAUser: milliseconds / tested.length,
  };
}

/** Whether `index` of `count` is among `size` evenly spaced ones. */
function isDrawn(index: number, size: number, count: number): boolean {
  return size >= count || Math.floor(((index + 1) * size) / count) > Math.floor((index * size) / count);
}

/** Ids whose order is that of their numbers. */
function numbered(prefix: string, count: number): string[] {
  const digits = String(count).length;
  return Array.from({ length: count }, (_, index) => prefix + String(index).padStart(digits, '0'));
}
