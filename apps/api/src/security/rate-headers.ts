import type { RateState } from './rate-limits.ts';

const WINDOW_SECONDS = 60;

/**
 * The headers that say where a caller stands (draft-ietf-httpapi-ratelimit-headers-10), names and values by turns, as
 * `writeHead` takes them.
 */
export function rateHeaders({ limitClass, limit, remaining, secondsLeft }: RateState): string[] {
  return [
    ...['RateLimit-Policy', `"${limitClass}";q=${limit};w=${WINDOW_SECONDS}`],
    ...['RateLimit', `"${limitClass}";r=${remaining};t=${secondsLeft}`],
  ];
}
