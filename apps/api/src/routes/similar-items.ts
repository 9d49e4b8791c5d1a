import { Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { findSimilarItems } from '../serving/answers/similar-items.ts';
import { RecommendationQueries } from './recommendation-query.ts';

/** The items that are nearest to one. */
export function similarItemsRoutes(parts: ApiParts): Router {
  const router = Router();
  const queries = new RecommendationQueries(parts.config.serving);
  router
    .route('/v1/items/:itemId/similar')
    .get(async (request, response) => {
      const wanted = queries.similar(request.params, request.originalUrl);
      response.json(await findSimilarItems(parts, wanted));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
