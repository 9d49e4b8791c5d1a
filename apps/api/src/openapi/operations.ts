import type { ServingConfig } from '@sommelier/contracts';
import { healthOperations } from './health-operations.ts';
import { logOperations } from './log-operations.ts';
import type { Operation } from './operation.ts';
import { recommendationOperations } from './recommendation-operations.ts';
import { trainingOperations } from './training-operations.ts';

/**
 * Operations that are described and have no route yet. They are no part of the document; a test fails as soon as one
 * of them has a route, and then its line goes.
 */
const WITHOUT_A_ROUTE: ReadonlySet<string> = new Set([
  'recommendationsBatch',
  'similarItems',
  'whyNot',
  'sendEvents',
  'writeItems',
  'mergeUser',
]);

/**
 * The same for parameters of the query of recommendations that no route reads yet. Empty both sets' lines as the routes
 * come.
 */
const WITHOUT_A_READER: ReadonlySet<string> = new Set([
  'category',
  'inStock',
  'minPrice',
  'maxPrice',
  'filter',
  'include',
  'maxPerCategory',
  'explain',
]);

/** Every operation that the API has, in the order in which the document shows them. */
export function operationsOf(serving: ServingConfig): readonly Operation[] {
  return describedOperations(serving)
    .filter(({ id }) => !WITHOUT_A_ROUTE.has(id))
    .map((operation) => (operation.query === undefined ? operation : withReadersOnly(operation)));
}

function withReadersOnly(operation: Operation): Operation {
  const parameters = Object.entries(operation.query ?? {}).filter(([name]) => !WITHOUT_A_READER.has(name));
  return { ...operation, query: Object.fromEntries(parameters) };
}

/** The same with those that have no route yet, and with every parameter. */
export function describedOperations(serving: ServingConfig): readonly Operation[] {
  return [...recommendationOperations(serving), ...logOperations, ...trainingOperations, ...healthOperations];
}
