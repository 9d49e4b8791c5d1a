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
