import type { ItemCatalogue } from '../../catalogue/item-catalogue.ts';
import type { ServableModel } from './model-holder.ts';

/** The model, once the catalogue can filter its items; closing it makes the catalogue forget it. */
export async function boundToCatalogue(
  model: ServableModel,
  catalogue: Pick<ItemCatalogue, 'bind' | 'release'>,
): Promise<ServableModel> {
  const { itemIds } = model;
  await catalogue.bind(itemIds);
  return {
    ...model,
    close: () => {
      catalogue.release(itemIds);
      return model.close();
    },
  };
}
