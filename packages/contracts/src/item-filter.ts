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
  category: z
    .array(idSchema)
    .min(1)
    .max(MAX_CATEGORIES)
    .optional()
    .describe('Only items of any of these categories, each with all its descendants.'),
  inStock: z
    .boolean()
    .optional()
    .describe('true: only what is available; false: whether it is available or not.'),
  minPrice: priceSchema
    .optional()
    .describe('Only items of at least this price; an item without a price is left out.'),
  maxPrice: priceSchema
    .optional()
    .describe('Only items of at most this price; an item without a price is left out.'),
  filter: z
    .string()
    .min(1)
    .max(MAX_FILTER_CODE_POINTS)
    .optional()
    .describe("An expression over the item's properties; its grammar is in docs/filters.md."),
  include: z.array(idSchema).min(1).max(MAX_LISTED_IDS).optional().describe('Only these items.'),
};
const itemFilterSchema = z.strictObject(itemFilterShape);
export type ItemFilter = z.infer<typeof itemFilterSchema>;
