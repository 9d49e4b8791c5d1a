import type { Strategy } from '@sommelier/contracts';
import {
  type ExactRanker,
  type Model,
  type PersonalEvent,
  type Personalizer,
  popularRankOf,
  type RankedItem,
  type RankRequest,
  topPopular,
} from '@sommelier/ncf';
import type { HistoryEvent } from '../answers/user-history.ts';

/** How one person's items are ordered. */
export interface PersonRanking {
  readonly strategy: Strategy;
  /** What the model's ranker is asked with; undefined for what it is not asked about. */
  readonly person: Pick<RankRequest, 'user' | 'evidence'> | undefined;
  /** The n best of the items whose bit is set. */
  topN(n: number, bits: Uint8Array): RankedItem[];
  /** An item's place among those whose bit is set, from 1, and its score. */
  rankOf(item: number, bits: Uint8Array): { rank: number; score: number };
}

export interface PersonRankingParts {
  readonly model: Model;
  readonly ranker: ExactRanker;
  readonly personalizer: Personalizer;
  readonly trainedUntilMs: number;
}

interface Person {
  readonly events: readonly HistoryEvent[];
  readonly nowMs: number;
}

/**
 * A user of the model is ranked by their row, moved by what they did if any of it is newer than the model; anybody else
 * by what they did, and whoever did nothing by popularity. Of a user with something newer, all events count: what they
 * did last is what the newest events follow on.
 * @param userIndex -1 for somebody without a row
 */
export function personRanking(
  { model, ranker, personalizer, trainedUntilMs }: PersonRankingParts,
  userIndex: number,
  { events, nowMs }: Person,
): PersonRanking {
  if (userIndex >= 0 && !events.some(({ timestampMs }) => timestampMs > trainedUntilMs)) {
    return byModel(ranker, 'personalized', { user: userIndex });
  }
  const { user, evidence, strategy } = personalizer.personalize({
    userIndex: userIndex < 0 ? undefined : userIndex,
    events: knownEvents(model, events),
    nowMs,
  });
  return user === undefined ? byPopularity(model) : byModel(ranker, strategy, { user, evidence });
}

/** Events of items that the model knows. */
export function knownEvents(model: Model, events: readonly HistoryEvent[]): PersonalEvent[] {
  return events
    .map(({ itemId, weight, timestampMs }) => ({
      itemIndex: model.itemIds.indexOf(itemId),
      weight,
      timestampMs,
    }))
    .filter(({ itemIndex }) => itemIndex >= 0);
}

function byModel(
  ranker: ExactRanker,
  strategy: Strategy,
  person: Pick<RankRequest, 'user' | 'evidence'>,
): PersonRanking {
  return {
    strategy,
    person,
    topN: (n, eligible) => ranker.topN({ ...person, n, eligible }),
    rankOf: (item, eligible) => ranker.rankOf({ ...person, eligible }, item),
  };
}

function byPopularity(model: Model): PersonRanking {
  return {
    strategy: 'popular',
    person: undefined,
    topN: (n, eligible) => topPopular(model, n, [], eligible),
    rankOf: (item, eligible) => popularRankOf(model, item, [], eligible),
  };
}
