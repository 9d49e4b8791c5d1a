import { type ErrorCode, isSommelierError } from '@sommelier/contracts';

/** Errors whose own message names addresses, paths or users, with what a caller may read instead. */
const REPLACEMENTS: Partial<Record<ErrorCode, string>> = {
  'database-unavailable':
    'The database cannot be used; the log says why. If its tables are missing, run "sommelier migrate".',
  'queue-unavailable': 'The training queue cannot be used: check REDIS_URL and that the Redis server runs.',
  'artifact-store': 'The artifact store cannot be used; the log says why.',
  'artifact-not-found': 'A file is missing in the artifact store; the log says which.',
  internal: 'Something went wrong; the log says what.',
};

/** Code and message of an error as they may leave the process; the log has all of it. */
export function publicError(error: unknown): { code: ErrorCode; message: string } {
  if (!isSommelierError(error)) return { code: 'internal', message: REPLACEMENTS.internal ?? '' };
  return { code: error.code, message: REPLACEMENTS[error.code] ?? error.message };
}
