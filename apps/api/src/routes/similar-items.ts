import { Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { findSimilarItems } from '../serving/similar-items.ts';
import { parseSimilarItemsRequest } from './recommendation-query.ts';

/** The items that are nearest to one. */
export function similarItemsRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/items/:itemId/similar')
    .get(async (request, response) => {
      const wanted = parseSimilarItemsRequest(request.params, request.originalUrl, parts.config.serving);
      response.json(await findSimilarItems(parts, wanted));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
