import { timingSafeEqual } from 'node:crypto';
import { hashOfToken, idOfToken, recentReading, type StoredApiKey } from '@sommelier/platform';

/** A key that is revoked opens nothing after this long; new ones take as long to. */
const READ_EVERY_MS = 2_000;
const READ_TIMEOUT_MS = 1_000;
const BEARER = /^Bearer +(\S{1,512}) *$/i;

/**
 * Whether an `Authorization` header has a key that may read metrics: `API_KEY`, or one of the database with the role
 * `observe`. While the database is away, the keys that were read last count.
 */
export function keyCheck(
  apiKey: string | undefined,
  list: () => Promise<readonly StoredApiKey[]>,
): (authorization: string | undefined) => Promise<boolean> {
  const fixed = apiKey === undefined ? undefined : hashOfToken(apiKey);
  const read = recentReading(list, { maxAgeMs: READ_EVERY_MS, timeoutMs: READ_TIMEOUT_MS });
  let keys: readonly StoredApiKey[] = [];
  return async (authorization = '') => {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return false;
    const hash = hashOfToken(token);
    if (fixed !== undefined && timingSafeEqual(hash, fixed)) return true;
    const id = idOfToken(token);
    keys = (await read()) ?? keys;
    const key = keys.find((each) => each.id === id && each.revokedAtMs === null);
    return key?.roles.includes('observe') === true && isEqual(hash, Buffer.from(key.hash, 'hex'));
  };
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
