import { z } from 'zod';

/** How an answer came about: from the user's row, from events since, or from what everybody likes. */
export const strategySchema = z.enum(['personalized', 'folded-in', 'popular']);
export type Strategy = z.infer<typeof strategySchema>;

export const recommendedItemSchema = z.object({
  rank: z.int().min(1),
  itemId: z.string(),
  /** `personalized`: the model's float64 logit; `popular`: the number of users with an interaction. */
  score: z.number(),
});
export type RecommendedItem = z.infer<typeof recommendedItemSchema>;

export const recommendationsSchema = z.object({
  userId: z.string(),
  strategy: strategySchema,
  model: z.object({ version: z.string(), generation: z.int() }),
  items: z.array(recommendedItemSchema),
});
export type Recommendations = z.infer<typeof recommendationsSchema>;
