import { SommelierError } from '@sommelier/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';
import { isRunId } from './training-runs.ts';

/** `/v1/training-runs/{id}/stream`: what happens to a run, as it happens. */
export function runStreamRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/training-runs/:id/stream')
    .get(async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { id } = request.params;
      const run = isRunId(id) ? await parts.database.trainingRuns.get(id) : undefined;
      if (run === undefined) throw new SommelierError('run-not-found', `There is no training run ${id}.`);
      if (request.method === 'HEAD') {
        response.type('text/event-stream').end();
        return;
      }
      // Who has gone while the row was read gets no stream: nothing would end it.
      if (response.destroyed) return;
      parts.runStreams.send(run, response, request.get('Last-Event-ID'));
      parts.metrics.requests.observeStream(request);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
