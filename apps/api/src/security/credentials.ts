import type { IncomingHttpHeaders } from 'node:http';

/** Longest `Authorization` header that is looked at. */
const MAX_HEADER_LENGTH = 4_096;
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/** What a request shows of who sends it. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'login'; readonly user: string; readonly password: string };

const NONE: Credentials = { kind: 'none' };

/** Reads an `Authorization` header: a Bearer token (RFC 6750), or a login by HTTP Basic (RFC 7617, in UTF-8). */
export function readCredentials(header: string | undefined): Credentials {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return NONE;
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) return { kind: 'token', token };
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return NONE;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return NONE;
  return { kind: 'login', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Value of a cookie, or undefined. */
export function readCookie(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const part of headers.cookie?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
