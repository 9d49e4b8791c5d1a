import type { Recommendations } from '@sommelier/contracts';
import type { ModelHolder } from './model-holder.ts';
import type { SeenItems } from './seen-items.ts';

export interface RecommendationRequest {
  readonly userId: string;
  readonly n: number;
  readonly excludeSeen: boolean;
  readonly exclude: readonly string[];
}

export interface RecommendationAnswer {
  readonly body: Recommendations;
  /** `model` when the database did not say what the user has seen since the model was trained. */
  readonly seenFrom: 'database' | 'model' | 'nobody';
}

/**
 * The top n of a user, exact over the catalogue, wholly by one model.
 * @throws SommelierError `no-model`, `overloaded`
 */
export function recommend(
  parts: { readonly models: Pick<ModelHolder, 'withModel'>; readonly seenItems: Pick<SeenItems, 'of'> },
  request: RecommendationRequest,
): Promise<RecommendationAnswer> {
  return parts.models.withModel(async (model) => {
    const seen = request.excludeSeen ? await parts.seenItems.of(request.userId) : [];
    const result = await model.score({
      userId: request.userId,
      n: request.n,
      excludeHistory: request.excludeSeen,
      excludedItemIds: [...(seen ?? []), ...request.exclude],
    });
    return {
      seenFrom: request.excludeSeen ? (seen === undefined ? 'model' : 'database') : 'nobody',
      body: {
        userId: request.userId,
        strategy: result.strategy,
        model: { version: model.version, generation: model.generation },
        items: result.items.map((item, index) => ({
          rank: index + 1,
          itemId: item.itemId,
          score: item.score,
        })),
      },
    };
  });
}
