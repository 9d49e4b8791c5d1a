import { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';

/** RFC 9457 problem document with a stable `code`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string().optional().describe("The request's id, as in the log."),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('What is wrong where, for invalid input: a JSON path and a sentence each.'),
});
export type Problem = z.infer<typeof problemSchema>;

/** An error with a stable code, for a person to read: what is wrong, where, and what to do. */
export class SommelierError extends Error {
  override readonly name = 'SommelierError';
  readonly code: ErrorCode;
  readonly details: readonly { path: string; message: string }[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: readonly { path: string; message: string }[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

/** Whether an error is ours, also when it crossed a thread or another copy of this module. */
export function isSommelierError(error: unknown): error is SommelierError {
  return error instanceof Error && error.name === 'SommelierError' && 'code' in error;
}

/** What is wrong where, in one line: `path: message; path: message`. */
export function describeDetails(details: readonly { path: string; message: string }[]): string {
  return details.map(({ path, message }) => `${path}: ${message}`).join('; ');
}

/** `path: message` for each issue of a failed zod parse. */
export function zodDetails(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map((issue) => ({ path: issue.path.join('.') || '(root)', message: issue.message }));
}
