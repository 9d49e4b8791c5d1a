import { type SimilarItems, SommelierError } from '@sommelier/contracts';
import { askSimilar } from './ask-model.ts';
import { filterItems, type ItemChoice, identityOf, type RecommendationParts } from './recommendations.ts';

export interface SimilarItemsRequest extends Pick<ItemChoice, 'exclude' | 'filter'> {
  readonly itemId: string;
  readonly n: number;
}

/**
 * The items that are nearest to one, without it.
 * @throws SommelierError `item-not-found` for an item that the model does not know; `no-model`, `overloaded`,
 * `catalogue-unavailable`
 */
export function findSimilarItems(
  parts: Pick<RecommendationParts, 'models' | 'catalogue'>,
  { itemId, n, exclude, filter }: SimilarItemsRequest,
): Promise<SimilarItems> {
  return parts.models.withModel(async (model) => {
    const { eligible } = filterItems(parts, model, { filter, maxPerCategory: undefined }).bits;
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
