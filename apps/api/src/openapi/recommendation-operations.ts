import {
  batchAnswerSchema,
  batchRequestSchema,
  idSchema,
  itemFilterShape,
  itemListRequestSchema,
  listRecommendationsSchema,
  recommendationQueryShape,
  recommendationsSchema,
  type ServingConfig,
  similarItemsSchema,
  whyNotSchema,
} from '@sommelier/contracts';
import type { z } from 'zod';
import type { Operation } from './operation.ts';
import { servingLimits } from './serving-limits.ts';

const MODEL = { version: '20260101T120000Z-0123456789ab', generation: 3 };
const ITEMS = [
  { rank: 1, itemId: '461686', score: 2.318 },
  { rank: 2, itemId: '119736', score: 2.104 },
];
const SEEN_FROM = {
  'Sommelier-Seen-From':
    'Where what the user has seen came from: database; model, when the database did not answer in time; nobody, when nothing was to be left out.',
};
const FROM_THE_MODEL = ['no-model', 'catalogue-unavailable', 'overloaded'] as const;

/** Recommendations, what is like an item, and why an item is not recommended. */
export function recommendationOperations(serving: ServingConfig): readonly Operation[] {
  return [
    ofUser(serving),
    ofList(serving),
    ofManyUsers(serving),
    similar(serving),
    whyNot(serving),
    topN(serving),
  ];
}

function ofUser(serving: ServingConfig): Operation {
  return {
    id: 'recommendations',
    method: 'get',
    path: '/v1/users/{userId}/recommendations',
    tag: 'Recommendations',
    summary: 'The top N of a user',
    description:
      'Ranks the whole catalogue exactly and answers with the best items. An answer comes wholly from one model, which it names. There are fewer than n items only when no more are left.',
    pathParameters: { userId: idSchema },
    query: { ...recommendationQueryShape, ...servingLimits(serving) },
    answers: [
      {
        status: 200,
        description: 'The best items, the best first.',
        schema: recommendationsSchema,
        example: { userId: '257597', strategy: 'personalized', model: MODEL, items: ITEMS },
        headers: SEEN_FROM,
      },
    ],
    errors: FROM_THE_MODEL,
    example: { path: { userId: '257597' }, query: { n: 5, exclude: ['12345', '67890'] } },
  };
}

function ofList(serving: ServingConfig): Operation {
  return {
    id: 'recommendationsForItems',
    method: 'post',
    path: '/v1/recommendations',
    tag: 'Recommendations',
    summary: 'The top N for a list of items',
    description:
      'For a session or a basket, without any user. The same list gets the same answer as long as the model is the same. excludeSeen leaves out the items of the list.',
    body: {
      schema: withLimits(itemListRequestSchema, serving),
      required: true,
      example: { items: ['461686', '12345'], n: 5 },
    },
    answers: [
      {
        status: 200,
        description: 'The best items, the best first.',
        schema: listRecommendationsSchema,
        example: { strategy: 'folded-in', model: MODEL, items: ITEMS },
      },
    ],
    errors: [...FROM_THE_MODEL, 'payload-too-large'],
    example: {},
  };
}

function ofManyUsers(serving: ServingConfig): Operation {
  return {
    id: 'recommendationsBatch',
    method: 'post',
    path: '/v1/recommendations/batch',
    tag: 'Recommendations',
    summary: 'The top N of many users at once',
    description: 'For a mailing: all answers come from one model, in the order of the request.',
    body: {
      schema: withLimits(batchRequestSchema, serving),
      required: true,
      example: { userIds: ['257597', '1150086'], n: 5 },
    },
    answers: [
      {
        status: 200,
        description: 'An answer for each user, in the order of the request.',
        schema: batchAnswerSchema,
        headers: SEEN_FROM,
        example: { model: MODEL, results: [{ userId: '257597', strategy: 'personalized', items: ITEMS }] },
      },
    ],
    errors: [...FROM_THE_MODEL, 'payload-too-large'],
    example: {},
  };
}

function similar(serving: ServingConfig): Operation {
  const { n, inStock } = servingLimits(serving);
  const { exclude } = recommendationQueryShape;
  return {
    id: 'similarItems',
    method: 'get',
    path: '/v1/items/{itemId}/similar',
    tag: 'Recommendations',
    summary: 'Items that are like an item',
    description: 'What is interacted with by the same people, the most similar first.',
    pathParameters: { itemId: idSchema },
    query: { n, exclude, ...itemFilterShape, inStock },
    answers: [
      {
        status: 200,
        description: 'The most similar items.',
        schema: similarItemsSchema,
        example: {
          itemId: '461686',
          model: MODEL,
          items: [{ rank: 1, itemId: '119736', score: 0.41, source: 'item-to-item' }],
        },
      },
    ],
    errors: [...FROM_THE_MODEL, 'item-not-found'],
    example: { path: { itemId: '461686' }, query: { n: 5 } },
  };
}

function whyNot(serving: ServingConfig): Operation {
  const { exclude } = recommendationQueryShape;
  const { excludeSeen, inStock } = servingLimits(serving);
  return {
    id: 'whyNot',
    method: 'get',
    path: '/v1/users/{userId}/why-not/{itemId}',
    tag: 'Recommendations',
    summary: 'Why an item is not recommended to a user',
    description:
      'Says what keeps an item out of the answer to the same request for recommendations, or else which rank it has.',
    pathParameters: { userId: idSchema, itemId: idSchema },
    query: { excludeSeen, exclude, ...itemFilterShape, inStock },
    answers: [
      {
        status: 200,
        description: 'What keeps the item out, or its rank.',
        schema: whyNotSchema,
        example: {
          userId: '257597',
          itemId: '461686',
          strategy: 'personalized',
          model: MODEL,
          removedBy: 'seen',
          rank: null,
          score: null,
          reason: 'The user has interacted with it already.',
        },
      },
    ],
    errors: FROM_THE_MODEL,
    example: { path: { userId: '257597', itemId: '461686' } },
  };
}

function topN(serving: ServingConfig): Operation {
  const { n: _n, ...query } = recommendationQueryShape;
  const { n, ...limits } = servingLimits(serving);
  return {
    id: 'topN',
    method: 'get',
    path: '/topN={n}for_user={userId}',
    tag: 'Recommendations',
    summary: "The top N of a user at the original system's address",
    description: 'The same answer as the address above: a page for browsers, JSON for everybody else.',
    pathParameters: { n: n.unwrap(), userId: idSchema },
    query: { ...query, ...limits },
    answers: [
      {
        status: 200,
        description: 'The best items, the best first.',
        schema: recommendationsSchema,
        example: { userId: '257597', strategy: 'personalized', model: MODEL, items: ITEMS },
        headers: SEEN_FROM,
        alsoHtml: true,
      },
    ],
    errors: FROM_THE_MODEL,
    example: { path: { n: 5, userId: '257597' } },
  };
}

function withLimits<S extends z.ZodRawShape>(schema: z.ZodObject<S>, serving: ServingConfig) {
  return schema.extend(servingLimits(serving));
}
