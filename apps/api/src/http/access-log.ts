import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSommelierError, type SommelierError } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import { pinoHttp } from 'pino-http';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that the caller gave the request, if it is one. */
export function givenRequestId(request: IncomingMessage): string | undefined {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : undefined;
}

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const id = givenRequestId(request) ?? randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/** An error that says itself what is wrong: where in the code it was thrown adds nothing. */
function isExpected(error: unknown): error is SommelierError {
  return isSommelierError(error) && error.code !== 'internal';
}

function briefly({ code, message, cause }: SommelierError) {
  return { code, message, ...(cause instanceof Error && { cause: cause.message }) };
}

function levelOf(response: ServerResponse): 'info' | 'warn' | 'error' {
  if (response.statusCode < 500) return 'info';
  return isExpected(response.err) ? 'warn' : 'error';
}

/** One log line an answered request; gives each request an id, or takes the caller's `X-Request-Id`. */
export function accessLog(logger: Logger) {
  return pinoHttp({
    logger,
    genReqId: requestId,
    // Probes come every few seconds; what they find is logged where it happens.
    autoLogging: { ignore: (request) => PROBES.has(request.url ?? '') },
    customLogLevel: (_request, response) => levelOf(response),
    customErrorMessage: () => 'the request failed',
    // Headers stay out of the log: they carry logins and cookies.
    serializers: {
      req: (request: { id: unknown; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        url: request.url,
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
      err: ({ raw, ...serialized }: { raw: Error }) => (isExpected(raw) ? briefly(raw) : serialized),
    },
  });
}
