import { type ItemFilter, type SimilarItems, SommelierError } from '@sommelier/contracts';
import { askSimilar } from './ask-model.ts';
import { NO_FILTERS } from './item-filters.ts';
import { identityOf, type RecommendationParts } from './recommendations.ts';

export interface SimilarItemsRequest {
  readonly itemId: string;
  readonly n: number;
  readonly exclude: readonly string[];
  readonly filter?: ItemFilter | undefined;
}

/**
 * The items that are nearest to one, without it.
 * @throws SommelierError `item-not-found` for an item that the model does not know; `no-model`, `overloaded`
 */
export function findSimilarItems(
  { models, filters = NO_FILTERS }: Pick<RecommendationParts, 'models' | 'filters'>,
  { itemId, n, exclude, filter = {} }: SimilarItemsRequest,
): Promise<SimilarItems> {
  return models.withModel(async (model) => {
    const eligible = filters.eligible(model.itemIds, filter);
    const asked = { kind: 'similar' as const, itemId, n, excludedItemIds: exclude, eligible };
    const { isKnown, items } = await askSimilar(model, asked);
    if (!isKnown) {
      throw new SommelierError(
        'item-not-found',
        `Model ${model.version} does not know item ${itemId}: no event of it counted in the training.`,
      );
    }
    return {
      itemId,
      ...identityOf(model),
      items: items.map((item, index) => ({ rank: index + 1, ...item })),
    };
  });
}
