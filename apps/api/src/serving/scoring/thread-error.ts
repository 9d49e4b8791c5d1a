import { type ErrorCode, isSommelierError, SommelierError } from '@sommelier/contracts';
import type { ThreadError } from './scoring-protocol.ts';

/** An error as a thread can post it; one without a code gets `otherwise`. */
export function threadError(error: unknown, otherwise: ErrorCode): ThreadError {
  const message = error instanceof Error ? error.message : String(error);
  return { code: isSommelierError(error) ? error.code : otherwise, message };
}

/** An error that a thread posted. */
export function errorOfThread({ code, message }: ThreadError): SommelierError {
  return new SommelierError(code, message);
}
