import {
  createExactRanker,
  createPersonalizer,
  type ExactRanker,
  type Personalizer,
  type PersonalizerOptions,
  popularityOrder,
  type RankedItem,
} from '@sommelier/ncf';
import { CUTOFF, type NextItemRanker } from './next-item.ts';
import type { Session } from './session.ts';
import type { ServedModel } from './trained-model.ts';

/** What an API replica would answer somebody without a row: personalizer and exact ranker, over the whole catalogue. */
export class ServedRanker implements NextItemRanker {
  readonly #model: ServedModel['model'];
  readonly #personalizer: Personalizer;
  readonly #ranker: ExactRanker;
  readonly #popular: RankedItem[];

  /** @param ranker of the same model, where there is one already. */
  constructor(
    { model, foldIn }: ServedModel,
    options: Partial<PersonalizerOptions> = {},
    ranker = createExactRanker(model.parameters),
  ) {
    this.#model = model;
    this.#personalizer = createPersonalizer(model, {
      ...foldIn,
      ...options,
    });
    this.#ranker = ranker;
    this.#popular = [...popularityOrder(model.itemPopularity)].map((itemIndex) => ({
      itemIndex,
      score: model.itemPopularity[itemIndex]!,
    }));
  }

  rank(beginning: Session, next: string): { rank: number; rankUnseen: number } {
    const own = new Set(beginning.items.map((item) => this.#model.itemIds.indexOf(item)));
    const size = CUTOFF + 1;
    const list = this.#list(beginning, size + own.size);
    const nextIndex = this.#model.itemIds.indexOf(next);
    return {
      rank: rankIn(list.slice(0, size), nextIndex),
      rankUnseen: rankIn(list.filter(({ itemIndex }) => !own.has(itemIndex)).slice(0, size), nextIndex),
    };
  }

  #list({ items, timestampsMs }: Session, n: number): RankedItem[] {
    const events = items
      .map((item, step) => ({
        itemIndex: this.#model.itemIds.indexOf(item),
        weight: 1,
        timestampMs: timestampsMs[step]!,
      }))
      .filter(({ itemIndex }) => itemIndex >= 0);
    const { user, evidence } = this.#personalizer.personalize({ events, nowMs: timestampsMs.at(-1)! });
    return user === undefined ? this.#popular.slice(0, n) : this.#ranker.topN({ user, n, evidence });
  }
}

/** Rank in a list, ties counted against it. The list is one longer than what counts, so that a tie at the end shows. */
export function rankIn(list: readonly RankedItem[], itemIndex: number): number {
  const own = list.find((item) => item.itemIndex === itemIndex);
  if (own === undefined) return Number.POSITIVE_INFINITY;
  return list.filter(({ score }) => score >= own.score).length;
}
