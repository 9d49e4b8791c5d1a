import { type EventInput, eventsRequestSchema, SommelierError } from '@sommelier/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';

/** What visitors do, as it happens. */
export function eventRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/events')
    .post(jsonBody, async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { events } = parseBody(eventsRequestSchema, request);
      const nowMs = Date.now();
      const complete = events.map((event) => ({ ...event, timestampMs: event.timestampMs ?? nowMs }));
      refuseFuture(complete, nowMs + parts.config.data.futureToleranceMs);
      const answer = await parts.database.events.insert(complete);
      if (answer.inserted > 0) parts.changes.users(complete.map(({ userId }) => userId));
      response.json(answer);
    })
    .all(onlyMethods('POST'));
  return router;
}

/** An event of next year would be everybody's newest for a year, and move the training's window. */
function refuseFuture(events: readonly EventInput[], latestMs: number): void {
  const details = events.flatMap(({ timestampMs }, index) =>
    timestampMs > latestMs
      ? [
          {
            path: `events.${index}.timestampMs`,
            message: `is later than ${latestMs}, too far ahead of the clock`,
          },
        ]
      : [],
  );
  if (details.length === 0) return;
  const more = details.length > 1 ? `, and ${details.length - 1} more` : '';
  throw new SommelierError(
    'invalid-request',
    `The body is not valid: ${details[0]!.path}: ${details[0]!.message}${more}.`,
    { details },
  );
}
