import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * Helmet's headers, with two departures. There is no `upgrade-insecure-requests` and no HSTS: the server itself
 * speaks plain HTTP, and whoever puts TLS in front of it sets them there. Inline styles are allowed for the job
 * board; scripts only from here.
 */
export function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
  });
}

/** The headers that every answer of the API has, as `writeHead` takes them: names and values by turns. */
export function fixedHeaders(): string[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  securityHeaders()(request, response, () => {});
  noStore(response);
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => [name, String(value)]);
}

/** What depends on the model and on what users do is not to be kept by anybody. */
export function noStore(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store');
}
