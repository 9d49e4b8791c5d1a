import { ERRORS, type ErrorCode, isSommelierError, type Problem } from '@sommelier/contracts';
import { redactApiKeys } from '@sommelier/platform';
import type { NextFunction, Request, Response } from 'express';
import { publicError } from './public-message.ts';
import { trainingCommand } from './training-command.ts';

const SECONDS_UNTIL_RETRY = 2;
/** Limits are counted by the minute. */
const SECONDS_UNTIL_NEXT_MINUTE = 60;

interface HttpError extends Error {
  readonly status: number;
  readonly type?: string;
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** Errors of Express and its body parser that are the caller's fault, in our codes. */
function codeOfHttpError(error: HttpError): ErrorCode {
  if (error.status === 413) return 'payload-too-large';
  return error.status >= 400 && error.status < 500 ? 'invalid-request' : 'internal';
}

function detailOfHttpError(error: HttpError): string {
  if (error.type === 'entity.parse.failed') return `The body is not valid JSON: ${error.message}`;
  if (error.type === 'entity.too.large') return 'The body may have at most 1 MB.';
  if (error instanceof URIError) return 'The path contains a malformed percent-encoding.';
  return error.message;
}

/**
 * Turns whatever was thrown into an RFC 9457 problem document with a code of `ERRORS`. Of errors that are not the
 * caller's fault and not ours by name, nothing but the request's id leaves the process.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  if (isSommelierError(error)) {
    const { code, message } = publicError(error);
    return problemOf(code, message, requestId, error.details);
  }
  if (isHttpError(error)) {
    const code = codeOfHttpError(error);
    if (code !== 'internal') return problemOf(code, detailOfHttpError(error), requestId);
  }
  return problemOf('internal', `The log has the cause under request ${requestId}.`, requestId);
}

function problemOf(
  code: ErrorCode,
  detail: string,
  requestId: string,
  details?: readonly { path: string; message: string }[],
): Problem {
  const { status, title } = ERRORS[code];
  return {
    type: `urn:sommelier:error:${code}`,
    title,
    status,
    detail: redactApiKeys(detail),
    code,
    instance: requestId,
    ...(details !== undefined && { errors: details.map(redacted) }),
  };
}

function redacted({ path, message }: { path: string; message: string }) {
  return { path: redactApiKeys(path), message: redactApiKeys(message) };
}

/** Id of the request, as in the log and in the `X-Request-Id` header. */
export function requestIdOf(request: Request): string {
  return String(request.id);
}

/** Answers with a problem document; what was not the caller's fault goes to the log. */
export function sendProblem(request: Request, response: Response, error: unknown): void {
  const problem = toProblem(error, requestIdOf(request));
  if (problem.code === 'no-model') {
    problem.detail += ` Import events, then train one with: ${trainingCommand(request)}`;
  }
  // The access log writes it, in the request's one line.
  if (problem.status >= 500) response.err = error instanceof Error ? error : new Error(String(error));
  if (problem.status === 429 && response.get('Retry-After') === undefined) {
    response.set('Retry-After', String(SECONDS_UNTIL_NEXT_MINUTE));
  }
  if (problem.status === 503) response.set('Retry-After', String(SECONDS_UNTIL_RETRY));
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Last error handler of the application. An answer that has begun already is cut off, never mended. */
export function handleError(error: unknown, request: Request, response: Response, _next: NextFunction): void {
  if (response.headersSent) {
    request.log.error({ err: error }, 'the request failed after its answer had begun');
    response.destroy();
    return;
  }
  sendProblem(request, response, error);
}
