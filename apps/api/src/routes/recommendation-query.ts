import {
  idSchema,
  MAX_LISTED_IDS,
  recommendationOptionsShape,
  type ServingConfig,
} from '@sommelier/contracts';
import { z } from 'zod';
import {
  booleanParameter,
  integerParameter,
  invalidQuery,
  numberParameter,
  parseParameters,
  queryParameters,
} from '../http/query.ts';
import type { RecommendationRequest } from '../serving/recommendations.ts';
import { idListParameter } from './id-list-parameter.ts';
import { checkItemFilter, recommendationOptions } from './recommendation-options.ts';

const { category, inStock, minPrice, maxPrice, filter, include, maxPerCategory } = recommendationOptionsShape;

/** What a query may say besides `n`: the names and the limits of the JSON requests. */
const optionParameters = {
  excludeSeen: booleanParameter.optional(),
  exclude: idListParameter(MAX_LISTED_IDS, 'item').optional(),
  category: idListParameter(MAX_LISTED_IDS, 'category').pipe(category.unwrap()).optional(),
  inStock: booleanParameter.pipe(inStock.unwrap()).optional(),
  minPrice: numberParameter.pipe(minPrice.unwrap()).optional(),
  maxPrice: numberParameter.pipe(maxPrice.unwrap()).optional(),
  filter,
  include: idListParameter(MAX_LISTED_IDS, 'item').pipe(include.unwrap()).optional(),
  maxPerCategory: integerParameter(1, 1_000).pipe(maxPerCategory.unwrap()).optional(),
};

/**
 * Reads a request for recommendations from the user id of the path, already decoded, and the query of the address.
 * @throws SommelierError `invalid-request` that names each wrong parameter.
 */
export function parseRecommendationRequest(
  userId: string,
  url: string,
  serving: ServingConfig,
): RecommendationRequest {
  const n = integerParameter(1, serving.maxN).default(serving.defaultN);
  return parseRequest({ userId }, url, n, serving);
}

/** The same for the original route, where n is a part of the path. */
export function parseTopNRequest(
  n: string,
  userId: string,
  url: string,
  serving: ServingConfig,
): RecommendationRequest {
  return parseRequest({ n, userId }, url, integerParameter(1, serving.maxN), serving);
}

function parseRequest(
  path: { readonly userId: string; readonly n?: string },
  url: string,
  n: z.ZodType<number>,
  serving: ServingConfig,
): RecommendationRequest {
  const schema = z.strictObject({ userId: idSchema, n, ...optionParameters }).superRefine(checkItemFilter);
  const { userId, ...options } = withPathParameters(schema, path, url);
  return { userId, ...recommendationOptions(options, serving) };
}

/** A parameter of the path may not come again in the query. */
function withPathParameters<T>(schema: z.ZodType<T>, path: Record<string, string>, url: string): T {
  const query = queryParameters(url);
  for (const name of Object.keys(path)) {
    if (Object.hasOwn(query, name))
      throw invalidQuery([{ path: name, message: 'stands in the path already' }]);
  }
  return parseParameters(schema, { ...query, ...path });
}
