import { type Item, idSchema, itemListRequestSchema } from '@sommelier/contracts';
import { within } from '@sommelier/platform';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { failureOf } from '../http/hot-route.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { integerParameter, parseParameters, queryParameters } from '../http/query.ts';
import { topNPage } from '../pages/top-n-page.ts';
import {
  type ListRequest,
  type RecommendationAnswer,
  type RecommendationParts,
  type RecommendationRequest,
  recommend,
  recommendForItems,
} from '../serving/answers/recommendations.ts';
import { checkItemFilter, recommendationOptions } from './recommendation-options.ts';
import { RecommendationQueries } from './recommendation-query.ts';

const ITEM_DETAILS_TIMEOUT_MS = 250;

/** `/topN={n}for_user={userId}`, the original system's route; the user id may be percent-encoded. */
const TOP_N_PATH = /^\/topN=([^/]*?)for_user=([^/]*)$/;

/** Recommendations of a user, in today's form and in the original one. */
export function recommendationRoutes(parts: ApiParts): Router {
  const router = Router();
  const queries = new RecommendationQueries(parts.config.serving);
  const recommendations = userRecommendations(parts);
  router
    .route('/v1/users/:userId/recommendations')
    .get(async (request, response) => {
      const failure = failureOf(request);
      if (failure !== undefined) throw failure;
      sendJson(response, await recommendations(request.params.userId, request.originalUrl));
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/v1/recommendations')
    .post(jsonBody, async (request, response) => {
      response.json(await recommendForItems(parts, parseItemList(parts, request)));
    })
    .all(onlyMethods('POST'));
  router
    .route(TOP_N_PATH)
    .get(async (request, response) => {
      const [n = '', userId = ''] = [request.params[0], request.params[1]];
      const wanted = queries.topN(n, userId, request.originalUrl);
      await sendTopN(parts, request, response, await answer(parts, wanted));
    })
    .all(onlyMethods('GET', 'HEAD'));
  // Where the form of the index page leads: a form cannot write the original route's path itself.
  router
    .route('/topN')
    .get((request, response) => {
      const { n, userId } = parseParameters(
        z.strictObject({ n: integerParameter(1, parts.config.serving.maxN), userId: idSchema }),
        queryParameters(request.originalUrl),
      );
      response.redirect(303, `/topN=${n}for_user=${encodeURIComponent(userId)}`);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** Answers the query of an address for the user that its path names, as `GET /v1/users/{userId}/recommendations`. */
export function userRecommendations(
  parts: Pick<ApiParts, 'config' | keyof RecommendationParts>,
): (userId: string, url: string) => Promise<RecommendationAnswer> {
  const queries = new RecommendationQueries(parts.config.serving);
  return async (userId, url) => recommend(parts, queries.recommendations(userId, url), Date.now());
}

/** @throws SommelierError `invalid-request` that names each wrong part. */
function parseItemList({ config: { serving } }: ApiParts, request: Request): ListRequest {
  parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
  const schema = itemListRequestSchema
    .refine(({ n }) => n === undefined || n <= serving.maxN, {
      path: ['n'],
      message: `must be at most ${serving.maxN}`,
    })
    .superRefine(checkItemFilter);
  const { items, ...options } = parseBody(schema, request);
  return { items, ...recommendationOptions(options, serving) };
}

function answer(parts: ApiParts, wanted: RecommendationRequest): Promise<RecommendationAnswer> {
  return recommend(parts, wanted, Date.now());
}

function sendJson(response: Response, { body, seenFrom }: RecommendationAnswer): void {
  response.set('Sommelier-Seen-From', seenFrom).json(body);
}

async function sendTopN(
  parts: ApiParts,
  request: Request,
  response: Response,
  found: RecommendationAnswer,
): Promise<void> {
  response.vary('Accept');
  if (request.accepts(['json', 'html']) !== 'html') {
    sendJson(response, found);
    return;
  }
  const items = await itemDetails(
    parts,
    found.body.items.map((item) => item.itemId),
  );
  response.set('Sommelier-Seen-From', found.seenFrom).type('html').send(topNPage(found.body, items));
}

/** Category and price are a courtesy: without the database the page comes without them. */
async function itemDetails(parts: ApiParts, itemIds: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  try {
    const items = await within(
      parts.database.items.findItems(itemIds),
      ITEM_DETAILS_TIMEOUT_MS,
      () => new Error(`no answer within ${ITEM_DETAILS_TIMEOUT_MS} ms`),
    );
    return new Map(items.map((item) => [item.itemId, item]));
  } catch (error) {
    parts.logger.warn(
      { err: error },
      'the page comes without details of items: the database does not answer',
    );
    return new Map();
  }
}
