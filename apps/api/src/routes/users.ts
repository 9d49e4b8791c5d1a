import {
  type Erasure,
  erasureSchema,
  idSchema,
  mergeRequestSchema,
  SommelierError,
} from '@sommelier/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';

const nothing = z.strictObject({});

/** What happens to users themselves. */
export function userRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/users/:userId')
    .delete(async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
      const { userId } = parseParameters(z.strictObject({ userId: idSchema }), {
        userId: request.params.userId,
      });
      const erasure = await eraseUser(parts, userId);
      response.status(202).location(`/v1/erasures/${erasure.id}`).json(erasure);
    })
    .all(onlyMethods('DELETE'));
  router
    .route('/v1/erasures/:erasureId')
    .get(async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
      response.json(await foundErasure(parts, request.params.erasureId));
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/v1/users/:userId/merge')
    .post(jsonBody, async (request, response) => {
      parseParameters(nothing, queryParameters(request.originalUrl));
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

/**
 * The events go at once, and with them whatever any replica answers from what the user did. Files follow: a worker that
 * is not told now finds the erasure's row by itself.
 */
async function eraseUser(parts: ApiParts, userId: string): Promise<Erasure> {
  const { database, changes, erasureQueue, logger } = parts;
  const erased = await database.erasures.erase(userId, Date.now());
  changes.erased(erased, userId);
  await erasureQueue
    .wake()
    .catch((error) =>
      logger.warn({ err: error }, 'workers were not told of an erasure; they find it themselves'),
    );
  return foundErasure(parts, String(erased.id));
}

async function foundErasure({ database }: ApiParts, text: string): Promise<Erasure> {
  const id = erasureSchema.shape.id.safeParse(/^\d{1,9}$/.test(text) ? Number(text) : undefined);
  const erasure = id.success ? await database.erasures.get(id.data, Date.now()) : undefined;
  if (erasure === undefined) throw new SommelierError('erasure-not-found', `There is no erasure ${text}.`);
  return erasure;
}
