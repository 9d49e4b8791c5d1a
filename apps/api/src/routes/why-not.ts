import { within } from '@sommelier/platform';
import { Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { whyNot } from '../serving/answers/why-not.ts';
import { RecommendationQueries } from './recommendation-query.ts';

const ITEM_TIMEOUT_MS = 250;

/** Why an item is not, or where it would be, among a user's recommendations. */
export function whyNotRoutes(parts: ApiParts): Router {
  const router = Router();
  const queries = new RecommendationQueries(parts.config.serving);
  const itemExists = async (itemId: string): Promise<boolean | undefined> => {
    try {
      const found = await within(
        parts.database.items.findItems([itemId]),
        ITEM_TIMEOUT_MS,
        () => new Error(`no answer within ${ITEM_TIMEOUT_MS} ms`),
      );
      return found.length > 0;
    } catch (error) {
      parts.logger.warn({ err: error }, 'whether an item exists is not known: the database does not answer');
      return undefined;
    }
  };
  router
    .route('/v1/users/:userId/why-not/:itemId')
    .get(async (request, response) => {
      const wanted = queries.whyNot(request.params, request.originalUrl);
      response.json(await whyNot({ ...parts, itemExists }, wanted, Date.now()));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
