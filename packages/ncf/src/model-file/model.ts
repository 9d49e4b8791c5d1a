import type { NeuMFParameters } from '../engine/neumf-parameters.ts';
import { ITEM_TO_ITEM_COMPONENT, type ItemToItem } from '../item-to-item/item-to-item.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { countItemPopularity, type History } from './history.ts';
import { type IdTable, idTableFrom } from './id-table.ts';
import { invalid } from './invalid.ts';

/** A trained model with all that serving needs: what a model file holds. */
export interface Model {
  readonly parameters: NeuMFParameters;
  readonly userIds: IdTable;
  readonly itemIds: IdTable;
  readonly history: History;
  /** `[items]`, the number of users with an interaction. */
  readonly itemPopularity: Uint32Array;
  /** What is seen near an item; models of earlier versions have none. */
  readonly itemToItem?: ItemToItem | undefined;
}

/** Names of the optional parts that a model has, as its manifest lists them. */
export function componentsOf({ itemToItem }: Pick<Model, 'itemToItem'>): string[] {
  return itemToItem === undefined ? [] : [ITEM_TO_ITEM_COMPONENT];
}

/**
 * Puts a model together from what it was trained on and what the training found.
 * @throws SommelierError `model-file-invalid` when the parameters are of other users or items.
 */
export function modelFrom(
  interactions: Interactions,
  parameters: NeuMFParameters,
  components: Pick<Model, 'itemToItem'> = {},
): Model {
  const { userIds, itemIds, offsets, items, strengths } = interactions;
  const { userCount, itemCount } = parameters.shape;
  if (userIds.length !== userCount || itemIds.length !== itemCount) {
    throw invalid(
      `the parameters are of ${userCount} users and ${itemCount} items, ` +
        `the interactions of ${userIds.length} and ${itemIds.length}`,
    );
  }
  return {
    parameters,
    userIds: idTableFrom(userIds),
    itemIds: idTableFrom(itemIds),
    history: { offsets, items, strengths },
    itemPopularity: countItemPopularity(items, itemCount),
    ...components,
  };
}
