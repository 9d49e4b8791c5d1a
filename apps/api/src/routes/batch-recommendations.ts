import { batchRequestSchema } from '@sommelier/contracts';
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';
import { BatchRecommendations, type UsersRequest } from '../serving/answers/batch-recommendations.ts';
import { checkItemFilter, recommendationOptions } from './recommendation-options.ts';

/** The top N of many users at once, all by one model. */
export function batchRecommendationRoutes(parts: ApiParts): Router {
  const router = Router();
  const batches = new BatchRecommendations(parts, parts.scoringThreads);
  router
    .route('/v1/recommendations/batch')
    .post(jsonBody, async (request, response) => {
      const { body, seenFrom } = await batches.recommend(parseBatch(parts, request), Date.now());
      response.set('Sommelier-Seen-From', seenFrom).json(body);
    })
    .all(onlyMethods('POST'));
  return router;
}

/** @throws SommelierError `invalid-request` that names each wrong part. */
function parseBatch({ config: { serving } }: ApiParts, request: Request): UsersRequest {
  parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
  const schema = batchRequestSchema
    .refine(({ n }) => n === undefined || n <= serving.maxN, {
      path: ['n'],
      message: `must be at most ${serving.maxN}`,
    })
    .superRefine(({ userIds }, context) => {
      const met = new Set<string>();
      for (const [place, userId] of userIds.entries()) {
        if (met.has(userId)) {
          const message = `${JSON.stringify(userId)} comes more than once`;
          context.addIssue({ code: 'custom', path: ['userIds', place], message });
        }
        met.add(userId);
      }
    });
  const { userIds, ...options } = parseBody(schema.superRefine(checkItemFilter), request);
  return { userIds, ...recommendationOptions(options, serving) };
}
