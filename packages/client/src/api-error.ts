import type { ErrorCode, Problem } from '@sommelier/contracts';

/**
 * A code of the API's `docs/errors.md`, also one that is newer than this client; or of the client itself: `unreachable`
 * (no connection, or it broke), `timeout`, `bad-answer` (what answered is not this API).
 */
export type ClientErrorCode = ErrorCode | 'unreachable' | 'timeout' | 'bad-answer' | (string & {});

/** A call that failed: what the API answered, or why there is no answer. */
export class SommelierApiError extends Error {
  override readonly name = 'SommelierApiError';
  readonly code: ClientErrorCode;
  /** HTTP status; 0 when nothing was answered. */
  readonly status: number;
  /** The problem document, when one was answered. */
  readonly problem: Problem | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    details: { status?: number; problem?: Problem; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status ?? 0;
    this.problem = details.problem;
  }
}
