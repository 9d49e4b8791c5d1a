import { z } from 'zod';
import { idSchema } from './ids.ts';
import { itemFilterShape, MAX_LISTED_IDS } from './item-filter.ts';

/** How an answer came about: from the user's row, from events since, or from what everybody likes. */
export const strategySchema = z
  .enum(['personalized', 'folded-in', 'popular'])
  .describe("How the answer came about: by the user's row, by what they did, or by what most users do.");
export type Strategy = z.infer<typeof strategySchema>;

export const recommendedItemSchema = z.object({
  rank: z.int().min(1),
  itemId: z.string(),
  score: z
    .number()
    .describe(
      "By the answer's strategy. personalized: the model's float64 logit; folded-in: the same with the evidence of the person's items added; popular: the number of users with an interaction.",
    ),
});
export type RecommendedItem = z.infer<typeof recommendedItemSchema>;

/** The part of a score that an event carries. */
export const carriedBySchema = z.object({
  itemId: z.string(),
  contribution: z.number().describe('What the score loses when this item is not among what the user did.'),
});

/** How an answer came about, for `explain=true`. */
export const explanationSchema = z.object({
  items: z
    .array(z.object({ itemId: z.string(), carriedBy: z.array(carriedBySchema) }))
    .describe(
      "For each item of the answer, in its order: what of the user's own items carried it most, strongest first.",
    ),
  catalogue: z
    .object({
      items: z.int(),
      eligible: z.int(),
      removed: z.object({
        include: z.int(),
        category: z.int(),
        inStock: z.int(),
        price: z.int(),
        filter: z.int(),
        exclude: z.int(),
        seen: z.int(),
      }),
    })
    .describe(
      "Of the model's items: how many could be recommended, and how many each part of the request removed. An item counts for the first part, in the order of these keys, that removes it.",
    ),
  timings: z.record(z.string(), z.number()).describe('Milliseconds by stage.'),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** What a list of items is answered with. */
export const listRecommendationsSchema = z.object({
  strategy: strategySchema,
  model: z.object({ version: z.string(), generation: z.int() }),
  items: z.array(recommendedItemSchema),
  explanation: explanationSchema.optional(),
});
export type ListRecommendations = z.infer<typeof listRecommendationsSchema>;

/** What a user is answered with. */
export const recommendationsSchema = z.object({
  userId: z.string(),
  ...listRecommendationsSchema.shape,
});
export type Recommendations = z.infer<typeof recommendationsSchema>;

const listedIdsSchema = z.array(idSchema).max(MAX_LISTED_IDS);

/** What every request for recommendations may say, as JSON; the server's configuration has the defaults. */
export const recommendationOptionsShape = {
  n: z.int().min(1).optional().describe('How many items; the configuration says how many when it is absent.'),
  excludeSeen: z.boolean().optional().describe('Whether what the user has interacted with is left out.'),
  exclude: listedIdsSchema.optional().describe('Items to leave out.'),
  ...itemFilterShape,
  maxPerCategory: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Most items of one category in the answer; an item without a category is not limited.'),
};

const explainSchema = z.boolean().optional().describe('Whether the answer says how it came about.');

/** What `GET /v1/users/{userId}/recommendations` takes, by name; in an address a list's parts stand between commas. */
export const recommendationQueryShape = { ...recommendationOptionsShape, explain: explainSchema };

/** A request for recommendations to a list of items: a session or a basket, the oldest item first. */
export const itemListRequestSchema = z.strictObject({
  items: listedIdsSchema
    .min(1)
    .describe('The oldest first; those that the model does not know change nothing.'),
  ...recommendationOptionsShape,
  explain: explainSchema,
});
export type ItemListRequest = z.infer<typeof itemListRequestSchema>;

/** Users that one request may ask for. */
export const MAX_USERS_A_BATCH = 1_000;

/** `POST /v1/recommendations/batch`. A user may come once. */
export const batchRequestSchema = z.strictObject({
  userIds: z.array(idSchema).min(1).max(MAX_USERS_A_BATCH),
  ...recommendationOptionsShape,
});
export type BatchRequest = z.infer<typeof batchRequestSchema>;

/** All answers by one model, in the request's order. */
export const batchAnswerSchema = z.object({
  model: z.object({ version: z.string(), generation: z.int() }),
  results: z.array(
    z.object({ userId: z.string(), strategy: strategySchema, items: z.array(recommendedItemSchema) }),
  ),
});
export type BatchAnswer = z.infer<typeof batchAnswerSchema>;

export const similarItemSchema = z.object({
  rank: z.int().min(1),
  itemId: z.string(),
  score: z.number(),
  source: z
    .enum(['item-to-item', 'embedding'])
    .describe('What the score is: the weight of an item-to-item neighbour, or a cosine of embeddings.'),
});

/** `GET /v1/items/{itemId}/similar`. */
export const similarItemsSchema = z.object({
  itemId: z.string(),
  model: z.object({ version: z.string(), generation: z.int() }),
  items: z.array(similarItemSchema),
});
export type SimilarItems = z.infer<typeof similarItemsSchema>;

/** The part of a request, or the state of the catalogue, that keeps an item out of an answer. */
export const removalSchema = z.enum([
  'include',
  'category',
  'inStock',
  'price',
  'filter',
  'exclude',
  'seen',
  'unknown-item',
  'not-in-model',
]);
export type Removal = z.infer<typeof removalSchema>;

/** `GET /v1/users/{userId}/why-not/{itemId}`. */
export const whyNotSchema = z.object({
  userId: z.string(),
  itemId: z.string(),
  strategy: strategySchema,
  model: z.object({ version: z.string(), generation: z.int() }),
  removedBy: removalSchema.nullable().describe('What keeps the item out; null when nothing does.'),
  rank: z
    .int()
    .min(1)
    .nullable()
    .describe('Its place among all eligible items, from 1; null when something keeps it out.'),
  score: z.number().nullable().describe('Its score; null when something keeps it out or it has none.'),
  reason: z.string().describe('The same in words.'),
});
export type WhyNot = z.infer<typeof whyNotSchema>;
