import { idProblem, idSchema, type ServingConfig } from '@sommelier/contracts';
import { z } from 'zod';
import {
  booleanParameter,
  integerParameter,
  invalidQuery,
  parseParameters,
  queryParameters,
} from '../http/query.ts';
import type { RecommendationRequest } from '../serving/recommendations.ts';
import type { SimilarItemsRequest } from '../serving/similar-items.ts';
import type { WhyNotRequest } from '../serving/why-not.ts';

const MAX_EXCLUDED = 1_000;

/** Comma-separated item ids; an empty text is no id at all. An id that has a comma itself cannot be named here. */
const excludeParameter = z.string().transform((text, context) => {
  const ids = text === '' ? [] : text.split(',');
  if (ids.length > MAX_EXCLUDED) {
    context.addIssue({ code: 'custom', message: `may name at most ${MAX_EXCLUDED} items` });
    return z.NEVER;
  }
  for (const [index, id] of ids.entries()) {
    const problem = idProblem(id);
    if (problem === undefined) continue;
    context.addIssue({ code: 'custom', message: `item id ${index + 1} ${problem}` });
    return z.NEVER;
  }
  return ids;
});

/**
 * Reads a request for recommendations from the user id of the path, already decoded, and the query of the address.
 * @throws SommelierError `invalid-request` that names each wrong parameter.
 */
export function parseRecommendationRequest(
  userId: string,
  url: string,
  serving: ServingConfig,
): RecommendationRequest {
  const schema = z.strictObject({
    userId: idSchema,
    n: integerParameter(1, serving.maxN).default(serving.defaultN),
    excludeSeen: booleanParameter.default(serving.excludeSeen),
    exclude: excludeParameter.default([]),
    explain: booleanParameter.default(false),
  });
  return withPathParameters(schema, { userId }, url);
}

/** The same for the question why an item is not among them. */
export function parseWhyNotRequest(
  path: { readonly userId: string; readonly itemId: string },
  url: string,
  serving: ServingConfig,
): WhyNotRequest {
  const schema = z.strictObject({
    userId: idSchema,
    itemId: idSchema,
    excludeSeen: booleanParameter.default(serving.excludeSeen),
    exclude: excludeParameter.default([]),
  });
  return withPathParameters(schema, { ...path }, url);
}

/** The same for the items that are nearest to one. */
export function parseSimilarItemsRequest(
  path: { readonly itemId: string },
  url: string,
  serving: ServingConfig,
): SimilarItemsRequest {
  const schema = z.strictObject({
    itemId: idSchema,
    n: integerParameter(1, serving.maxN).default(serving.defaultN),
    exclude: excludeParameter.default([]),
  });
  return withPathParameters(schema, { ...path }, url);
}

/** The same for the original route, where n is a part of the path. */
export function parseTopNRequest(
  n: string,
  userId: string,
  url: string,
  serving: ServingConfig,
): RecommendationRequest {
  const schema = z.strictObject({
    userId: idSchema,
    n: integerParameter(1, serving.maxN),
    excludeSeen: booleanParameter.default(serving.excludeSeen),
    exclude: excludeParameter.default([]),
  });
  return withPathParameters(schema, { n, userId }, url);
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
