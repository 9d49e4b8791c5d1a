import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';

const nothing = z.strictObject({});

/** The queue of training runs as a whole: how long it is, and whether workers take from it. */
export function queueRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/queue')
    .get(async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
      response.json(await parts.queue.state());
    })
    .all(onlyMethods('GET', 'HEAD'));
  for (const [action, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    router
      .route(`/v1/queue/${action}`)
      .post(jsonBody, async (request, response) => {
        parseBody(nothing, request);
        // The row first: from it a worker tells a Redis that has lost its data.
        await parts.database.queueState.setPaused(paused, Date.now());
        await parts.queue.setPaused(paused);
        response.json(await parts.queue.state());
      })
      .all(onlyMethods('POST'));
  }
  return router;
}
