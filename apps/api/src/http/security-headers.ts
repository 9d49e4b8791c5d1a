import { SommelierError } from '@sommelier/contracts';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Helmet's headers, with two departures. There is no `upgrade-insecure-requests` and no HSTS: the server itself
 * speaks plain HTTP, and whoever puts TLS in front of it sets them there. Inline styles are allowed for the job
 * board; scripts only from here.
 */
export function securityHeaders(): RequestHandler {
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

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something and that a browser sends on behalf of another site: the job board's login
 * would travel with them.
 */
export const refuseCrossSite: RequestHandler = (request, _response, next) => {
  if (!SAFE_METHODS.has(request.method) && request.get('Sec-Fetch-Site') === 'cross-site') {
    throw new SommelierError('forbidden', 'A page of another site may not send this request.');
  }
  next();
};
