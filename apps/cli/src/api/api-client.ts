import { readEnvironment } from '@sommelier/platform';

/** The header with the key of `API_KEY`, for an API that wants one; without the variable none. */
export function apiKeyHeader(): { Authorization?: string } {
  const key = readEnvironment().API_KEY;
  return key === undefined ? {} : { Authorization: `Bearer ${key}` };
}
