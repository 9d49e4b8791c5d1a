import { type Models, modelsQueryShape, SommelierError, versionSchema } from '@sommelier/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';
import { textQuery } from '../http/text-query.ts';

const listQuery = textQuery(modelsQueryShape);

/** Model versions that were published, and which of them this replica serves. */
export function modelRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/models')
    .get(async (request, response) => {
      const { limit } = parseParameters(listQuery, queryParameters(request.originalUrl));
      const [models, active] = await Promise.all([
        parts.database.models.list({ limit }),
        parts.database.models.active(),
      ]);
      const body: Models = { serving: parts.models.status(), active: active ?? null, models };
      response.json(body);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/v1/models/:version')
    .get(async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { version } = request.params;
      const isVersion = versionSchema.safeParse(version).success;
      const model = isVersion ? await parts.database.models.get(version) : undefined;
      if (model === undefined) throw new SommelierError('model-not-found', `There is no model ${version}.`);
      response.json(model);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
