import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';

/** `/metrics`: what Prometheus scrapes, in its text format. */
export function metricsRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { registry } = parts.metrics;
      response.set('Content-Type', registry.contentType).send(await registry.metrics());
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
