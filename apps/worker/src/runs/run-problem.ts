import { ERRORS, type ErrorCode, isSommelierError, type Problem } from '@sommelier/contracts';

const MAX_DETAIL_LENGTH = 2_000;

/** What an error means for its run: what to tell the reader, and whether another attempt may help. */
export interface RunFailure {
  readonly problem: Problem;
  readonly retryable: boolean;
}

/** Errors without a code are ours to fix; they may still come from something that passes, so they are tried again. */
export function failureOf(error: unknown): RunFailure {
  const code: ErrorCode = isSommelierError(error) && error.code in ERRORS ? error.code : 'internal';
  const { status, title, retryable } = ERRORS[code];
  const message = error instanceof Error ? error.message : String(error);
  const detail = message.slice(0, MAX_DETAIL_LENGTH);
  return { problem: { type: `urn:sommelier:error:${code}`, title, status, detail, code }, retryable };
}

/** What to do after an attempt has failed. `attemptsMade` counts the attempts that failed before this one. */
export function nextStep(
  failure: RunFailure,
  job: { readonly attemptsMade: number; readonly attempts: number },
): { readonly isFinal: boolean; readonly line: string } {
  const attempt = job.attemptsMade + 1;
  const what = `Attempt ${attempt} of ${job.attempts} failed [${failure.problem.code}]: ${failure.problem.detail}`;
  if (!failure.retryable) return { isFinal: true, line: `${what} Another attempt would not help.` };
  if (attempt >= job.attempts) return { isFinal: true, line: `${what} It was the last one.` };
  return { isFinal: false, line: `${what} Another one follows.` };
}
