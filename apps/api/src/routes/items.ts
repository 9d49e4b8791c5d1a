import { itemsRequestSchema, SommelierError } from '@sommelier/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';

/** The catalogue, as it changes. */
export function itemRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/items')
    .post(jsonBody, async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { items } = parseBody(itemsRequestSchema, request);
      refuseRepeated(items);
      const updatedAtMs = Date.now();
      await parts.database.items.upsertItems(items.map((item) => ({ ...item, updatedAtMs })));
      parts.changes.items(items.map(({ itemId }) => itemId));
      response.json({ stored: items.length });
    })
    .all(onlyMethods('POST'));
  return router;
}

/** Which of the two should count is not ours to guess. */
function refuseRepeated(items: readonly { readonly itemId: string }[]): void {
  const places = new Map<string, number>();
  items.forEach(({ itemId }, index) => {
    const earlier = places.get(itemId);
    places.set(itemId, index);
    if (earlier === undefined) return;
    const path = `items.${index}.itemId`;
    const message = `${JSON.stringify(itemId)} is in the request twice, first as items.${earlier}`;
    throw new SommelierError('invalid-request', `The body is not valid: ${path}: ${message}.`, {
      details: [{ path, message }],
    });
  });
}
