import type { BatchAnswer } from '@sommelier/contracts';
import pLimit, { type LimitFunction } from 'p-limit';
import type { ServableModel } from '../model/model-holder.ts';
import { askTop } from './ask-model.ts';
import {
  type AnswerWish,
  filterItems,
  identityOf,
  type RecommendationParts,
  rankedItems,
  type SeenFrom,
  seenFrom,
  topRequest,
} from './recommendations.ts';
import type { History } from './user-history.ts';

/** Users of all batches together that scoring threads are asked about at once, a thread. */
const USERS_IN_FLIGHT_A_THREAD = 2;

export interface UsersRequest extends Omit<AnswerWish, 'explain'> {
  /** Distinct. */
  readonly userIds: readonly string[];
}

export interface UsersAnswer {
  readonly body: BatchAnswer;
  /** `model` when the database did not say what one of the users did. */
  readonly seenFrom: SeenFrom;
}

/**
 * Answers for many users, wholly by one model. However many batches there are, they occupy the scoring threads no more
 * than two questions a thread at a time, so that single requests wait for as little.
 */
export class BatchRecommendations {
  readonly #parts: RecommendationParts;
  readonly #limit: LimitFunction;

  constructor(parts: RecommendationParts, scoringThreads: number) {
    this.#parts = parts;
    this.#limit = pLimit(USERS_IN_FLIGHT_A_THREAD * scoringThreads);
  }

  /**
   * @param nowMs against which the ages of events are measured (Unix ms)
   * @throws SommelierError `no-model`, `overloaded`; then there is no answer for any of them
   */
  recommend(request: UsersRequest, nowMs: number): Promise<UsersAnswer> {
    const { userIds } = request;
    return this.#parts.models.withModel(async (model) => {
      const histories = await this.#parts.userHistory.ofMany(userIds);
      const results = await this.#answers(model, request, histories, nowMs);
      const isKnown = userIds.every((userId) => histories.get(userId) !== undefined);
      return {
        seenFrom: seenFrom(isKnown ? histories : undefined, request),
        body: { ...identityOf(model), results },
      };
    });
  }

  async #answers(
    model: ServableModel,
    request: UsersRequest,
    histories: ReadonlyMap<string, History | undefined>,
    nowMs: number,
  ): Promise<BatchAnswer['results']> {
    const { userIds, n } = request;
    const { bits } = filterItems(this.#parts, model, request);
    let failed = false;
    const one = async (userId: string) => {
      if (failed) return;
      try {
        const person = { userId, events: histories.get(userId)?.events ?? [], nowMs };
        const result = await askTop(model, { ...topRequest(person, request), ...bits, n });
        return { userId, strategy: result.strategy, items: rankedItems(result) };
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    // All have to end, since the model may be closed when this returns.
    const settled = await Promise.allSettled(userIds.map((userId) => this.#limit(() => one(userId))));
    for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
    return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? (outcome.value ?? []) : []));
  }
}
