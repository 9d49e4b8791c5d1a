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
import type { RecommendationRequest } from '../serving/answers/recommendations.ts';
import type { SimilarItemsRequest } from '../serving/answers/similar-items.ts';
import type { WhyNotRequest } from '../serving/answers/why-not.ts';
import { idListParameter } from './id-list-parameter.ts';
import { checkItemFilter, recommendationOptions } from './recommendation-options.ts';

const { category, inStock, minPrice, maxPrice, filter, include, maxPerCategory } = recommendationOptionsShape;

/** Which items a query takes: the names and the limits of the JSON requests. */
const filterParameters = {
  exclude: idListParameter(MAX_LISTED_IDS, 'item').optional(),
  category: idListParameter(MAX_LISTED_IDS, 'category').pipe(category.unwrap()).optional(),
  inStock: booleanParameter.pipe(inStock.unwrap()).optional(),
  minPrice: numberParameter.pipe(minPrice.unwrap()).optional(),
  maxPrice: numberParameter.pipe(maxPrice.unwrap()).optional(),
  filter,
  include: idListParameter(MAX_LISTED_IDS, 'item').pipe(include.unwrap()).optional(),
};
const excludeSeen = booleanParameter.optional();
/** What an answer's query may say besides `n`. */
const answerParameters = {
  ...filterParameters,
  excludeSeen,
  maxPerCategory: integerParameter(1, 1_000).pipe(maxPerCategory.unwrap()).optional(),
  explain: booleanParameter.optional(),
};

/** The parameters of each address, those of its path among them. Made once: zod compiles a schema at its first use. */
export function recommendationSchemas({ maxN, defaultN }: Pick<ServingConfig, 'maxN' | 'defaultN'>) {
  const n = integerParameter(1, maxN);
  return {
    recommendations: z.strictObject({ userId: idSchema, n: n.default(defaultN), ...answerParameters }),
    topN: z.strictObject({ userId: idSchema, n, ...answerParameters }),
    whyNot: z.strictObject({ userId: idSchema, itemId: idSchema, excludeSeen, ...filterParameters }),
    similar: z.strictObject({ itemId: idSchema, n: n.default(defaultN), ...filterParameters }),
  };
}

/** Reads the queries of all addresses that recommend something. */
export class RecommendationQueries {
  readonly #serving: ServingConfig;
  readonly #recommendations: z.ZodType<z.output<ReturnType<typeof recommendationSchemas>['recommendations']>>;
  readonly #topN: z.ZodType<z.output<ReturnType<typeof recommendationSchemas>['topN']>>;
  readonly #whyNot: z.ZodType<z.output<ReturnType<typeof recommendationSchemas>['whyNot']>>;
  readonly #similar: z.ZodType<z.output<ReturnType<typeof recommendationSchemas>['similar']>>;

  constructor(serving: ServingConfig) {
    const schemas = recommendationSchemas(serving);
    this.#serving = serving;
    this.#recommendations = schemas.recommendations.superRefine(checkItemFilter);
    this.#topN = schemas.topN.superRefine(checkItemFilter);
    this.#whyNot = schemas.whyNot.superRefine(checkItemFilter);
    this.#similar = schemas.similar.superRefine(checkItemFilter);
  }

  /**
   * A request for recommendations from the user id of the path, already decoded, and the query of the address.
   * @throws SommelierError `invalid-request` that names each wrong parameter.
   */
  recommendations(userId: string, url: string): RecommendationRequest {
    const { userId: id, ...options } = withPathParameters(this.#recommendations, { userId }, url);
    return { userId: id, ...recommendationOptions(options, this.#serving) };
  }

  /** The same for the original route, where n is a part of the path. */
  topN(n: string, userId: string, url: string): RecommendationRequest {
    const { userId: id, ...options } = withPathParameters(this.#topN, { n, userId }, url);
    return { userId: id, ...recommendationOptions(options, this.#serving) };
  }

  /** The same for the question why an item is not among them. */
  whyNot(path: { readonly userId: string; readonly itemId: string }, url: string): WhyNotRequest {
    const { userId, itemId, ...options } = withPathParameters(this.#whyNot, { ...path }, url);
    return { userId, itemId, ...recommendationOptions(options, this.#serving) };
  }

  /** The same for the items that are nearest to one. */
  similar(path: { readonly itemId: string }, url: string): SimilarItemsRequest {
    const { itemId, ...options } = withPathParameters(this.#similar, { ...path }, url);
    return { itemId, ...recommendationOptions(options, this.#serving) };
  }
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
