import type { IncomingHttpHeaders } from 'node:http';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITE = new Set(['same-origin', 'none']);

/**
 * Whether a request that changes something may have been made by a page of another site, which would use the login
 * that the browser keeps for this one. Browsers say where a request comes from in `Sec-Fetch-Site`, or on plain HTTP in
 * `Origin`; programs say nothing, and have no login that travels by itself, except when they send a session's cookie.
 */
export function isForeign(method: string, headers: IncomingHttpHeaders, hasSession: boolean): boolean {
  if (SAFE_METHODS.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return !OWN_SITE.has(String(site));
  const { origin, host } = headers;
  if (origin === undefined) return hasSession;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}
