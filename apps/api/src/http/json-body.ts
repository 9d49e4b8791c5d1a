import { describeDetails, SommelierError, zodDetails } from '@sommelier/contracts';
import express, { type Request } from 'express';
import type { z } from 'zod';

/** Reads a body of JSON, of at most 1 MB. */
export const jsonBody = express.json({ limit: '1mb' });

/**
 * Checks the body that `jsonBody` has read against a schema; a request without a body counts as `{}`.
 * @throws SommelierError `invalid-request` that names each wrong part.
 */
export function parseBody<T>(schema: z.ZodType<T>, request: Request): T {
  const parsed = schema.safeParse(bodyOf(request));
  if (parsed.success) return parsed.data;
  const details = zodDetails(parsed.error);
  throw new SommelierError('invalid-request', `The body is not valid: ${describeDetails(details)}.`, {
    details,
  });
}

function bodyOf(request: Request): unknown {
  if (request.is('json') !== false && request.body !== undefined) return request.body;
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.get('Content-Length') ?? 0) > 0;
  if (!hasBody) return {};
  throw new SommelierError(
    'invalid-request',
    'The body must be JSON, sent as Content-Type: application/json.',
  );
}
