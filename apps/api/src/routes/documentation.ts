import { Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { addressOf } from '../http/training-command.ts';
import { openApiDocument } from '../openapi/document.ts';
import { operationsOf } from '../openapi/operations.ts';
import { ADDRESS_IN_EXAMPLES, documentationPage } from '../pages/documentation-page.ts';

/** Version of the HTTP contract, not of the product. */
const CONTRACT_VERSION = '1.0.0';

/** The contract as an OpenAPI document for programs, and as a page for people. */
export function documentationRoutes(parts: Pick<ApiParts, 'config'>): Router {
  const document = openApiDocument(operationsOf(parts.config.serving), CONTRACT_VERSION);
  const json = JSON.stringify(document);
  const page = documentationPage(document);
  const router = Router();
  router
    .route('/openapi.json')
    .get((_request, response) => {
      response.type('json').send(json);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/docs')
    .get((request, response) => {
      response.type('html').send(page.replaceAll(ADDRESS_IN_EXAMPLES, addressOf(request)));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
