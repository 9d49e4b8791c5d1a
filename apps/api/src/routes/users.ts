import { idSchema, mergeRequestSchema } from '@sommelier/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';

/** What happens to users themselves. */
export function userRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/users/:userId/merge')
    .post(jsonBody, async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { userId: into } = parseParameters(z.strictObject({ userId: idSchema }), {
        userId: request.params.userId,
      });
      const schema = mergeRequestSchema.refine(({ from }) => from !== into, {
        path: ['from'],
        message: 'must be another user than the one of the address',
      });
      const { from } = parseBody(schema, request);
      const answer = await parts.database.events.merge({ from, into });
      parts.changes.users([from, into]);
      response.json(answer);
    })
    .all(onlyMethods('POST'));
  return router;
}
