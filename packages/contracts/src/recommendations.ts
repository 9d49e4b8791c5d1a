import { z } from 'zod';
import { idSchema } from './ids.ts';

/** How an answer came about: from the user's row, from events since, or from what everybody likes. */
export const strategySchema = z.enum(['personalized', 'folded-in', 'popular']);
export type Strategy = z.infer<typeof strategySchema>;

export const recommendedItemSchema = z.object({
  rank: z.int().min(1),
  itemId: z.string(),
  /**
   * `personalized`: the model's float64 logit; `folded-in`: the same with the evidence of the person's items added;
   * `popular`: the number of users with an interaction.
   */
  score: z.number(),
});
export type RecommendedItem = z.infer<typeof recommendedItemSchema>;

/** What a list of items is answered with. */
export const listRecommendationsSchema = z.object({
  strategy: strategySchema,
  model: z.object({ version: z.string(), generation: z.int() }),
  items: z.array(recommendedItemSchema),
});
export type ListRecommendations = z.infer<typeof listRecommendationsSchema>;

/** What a user is answered with. */
export const recommendationsSchema = z.object({
  userId: z.string(),
  ...listRecommendationsSchema.shape,
});
export type Recommendations = z.infer<typeof recommendationsSchema>;

const MAX_LISTED_ITEMS = 1_000;

/** A request for recommendations to a list of items: a session or a basket, the oldest item first. */
export const itemListRequestSchema = z.strictObject({
  items: z.array(idSchema).min(1).max(MAX_LISTED_ITEMS),
  n: z.int().min(1).optional(),
  /** Whether the items themselves are left out. */
  excludeSeen: z.boolean().optional(),
  exclude: z.array(idSchema).max(MAX_LISTED_ITEMS).optional(),
});
export type ItemListRequest = z.infer<typeof itemListRequestSchema>;
