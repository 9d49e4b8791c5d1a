import { createHash, timingSafeEqual } from 'node:crypto';

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/**
 * Whether an `Authorization` header carries this login by HTTP Basic (RFC 7617, UTF-8). Both parts are compared as
 * hashes in constant time, so that the answer's time tells neither length nor content.
 */
export function isLogin(header: string | undefined, user: string, password: string): boolean {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return false;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return false;
  const userMatches = timingSafeEqual(digest(text.slice(0, colon)), digest(user));
  const passwordMatches = timingSafeEqual(digest(text.slice(colon + 1)), digest(password));
  return userMatches && passwordMatches;
}
