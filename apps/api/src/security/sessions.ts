import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { SommelierError } from '@sommelier/contracts';
import { hashOfToken } from '@sommelier/platform';
import type { Redis } from 'ioredis';
import type { Principal } from './principal.ts';

export const SESSION_COOKIE = 'sommelier_session';
/** A working day; then the browser has to log in again. */
export const SESSION_SECONDS = 8 * 3_600;
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Sessions of browsers, in Redis, so that every replica knows them and a logout ends them everywhere. */
export interface Sessions {
  /** Begins a session and returns the cookie's value. @throws SommelierError `queue-unavailable` without Redis. */
  begin(principal: Principal): Promise<string>;
  /** Whose session this is, if that key or login is still good. @throws SommelierError `queue-unavailable` */
  find(cookie: string): Promise<Principal | undefined>;
  end(cookie: string): Promise<void>;
}

/**
 * Redis gets a hash of the cookie, and beside it whose session it is with a MAC over the secret that they logged in
 * with, keyed by the cookie: who reads Redis can neither use the session nor guess the password, and a session ends
 * when the key is revoked or the password changed.
 */
export function redisSessions(
  redis: Redis,
  prefix: string,
  holder: (id: string) => Principal | undefined,
): Sessions {
  const nameOf = (cookie: string) => `${prefix}:session:${hashOfToken(cookie).toString('hex')}`;
  const proofOf = (cookie: string, { fingerprint }: Principal) =>
    createHmac('sha256', cookie).update(fingerprint).digest();
  const command = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (cause) {
      throw new SommelierError('queue-unavailable', 'The sessions cannot be reached in Redis.', { cause });
    }
  };
  return {
    async begin(principal) {
      const cookie = randomBytes(TOKEN_BYTES).toString('base64url');
      const value = `${principal.id} ${proofOf(cookie, principal).toString('hex')}`;
      await command(() => redis.set(nameOf(cookie), value, 'EX', SESSION_SECONDS));
      return cookie;
    },
    async find(cookie) {
      if (!TOKEN.test(cookie)) return undefined;
      const [id = '', proof = ''] = (await command(() => redis.get(nameOf(cookie))))?.split(' ') ?? [];
      const principal = holder(id);
      if (principal === undefined || !/^[0-9a-f]{64}$/.test(proof)) return undefined;
      return timingSafeEqual(Buffer.from(proof, 'hex'), proofOf(cookie, principal)) ? principal : undefined;
    },
    async end(cookie) {
      if (TOKEN.test(cookie)) await command(() => redis.del(nameOf(cookie)));
    },
  };
}
