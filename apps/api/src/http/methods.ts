import { SommelierError } from '@sommelier/contracts';
import type { RequestHandler } from 'express';

/** Last handler of a route: 204 to OPTIONS, 405 to every method that the route does not have. */
export function onlyMethods(...allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  return (request, response) => {
    response.set('Allow', allow);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    throw new SommelierError(
      'method-not-allowed',
      `${request.method} is not allowed here; allowed: ${allow}.`,
    );
  };
}
