import { z } from 'zod';
import { idSchema } from './ids.ts';
import { MAX_PRICE } from './items.ts';

/** Most ids that a list of a request may name. */
export const MAX_LISTED_IDS = 1_000;
export const MAX_FILTER_CODE_POINTS = 2_000;
const MAX_CATEGORIES = 100;

const priceSchema = z.number().min(0).max(MAX_PRICE);

/** Which items may be recommended: those that meet every part that is given. Prices and properties are the newest. */
export const itemFilterShape = {
  /** Any of these categories, each with all its descendants. */
  category: z.array(idSchema).min(1).max(MAX_CATEGORIES).optional(),
  /** true: only what is available; false: whether it is or not. */
  inStock: z.boolean().optional(),
  /** Both inclusive; an item without a price meets neither. */
  minPrice: priceSchema.optional(),
  maxPrice: priceSchema.optional(),
  /** An expression over the item's properties; its grammar is in docs/filters.md. */
  filter: z.string().min(1).max(MAX_FILTER_CODE_POINTS).optional(),
  /** Only these items. */
  include: z.array(idSchema).min(1).max(MAX_LISTED_IDS).optional(),
};
const itemFilterSchema = z.strictObject(itemFilterShape);
export type ItemFilter = z.infer<typeof itemFilterSchema>;
