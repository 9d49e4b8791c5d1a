import { describeDetails, SommelierError, zodDetails } from '@sommelier/contracts';
import express, { type CookieOptions, type Request, Router } from 'express';
import { z } from 'zod';
import { onlyMethods } from '../http/methods.ts';
import { loginPage } from '../pages/login-page.ts';
import type { AccessControl } from '../security/access-control.ts';
import type { AdminLogin } from '../security/admin-login.ts';
import { readCookie } from '../security/credentials.ts';
import type { KeyTable } from '../security/key-table.ts';
import type { Principal } from '../security/principal.ts';
import { SESSION_COOKIE, SESSION_SECONDS, type Sessions } from '../security/sessions.ts';

/** What logging in works with. */
export interface LoginParts {
  readonly access: AccessControl;
  readonly keys: KeyTable;
  readonly admin: AdminLogin | undefined;
  readonly sessions: Sessions;
}

const form = z.strictObject({
  secret: z.string().min(1).max(512),
  next: z.string().max(4_096).default('/'),
  username: z.string().max(512).optional(),
});

/** `/login` and `/logout`, for browsers: a key or the administrator's password for a session's cookie. */
export function loginRoutes(parts: LoginParts): Router {
  const router = Router();
  router
    .route('/login')
    .get(async (request, response) => {
      const holder = await sessionOf(parts, request);
      response.type('html').send(loginPage({ next: '/', ...(holder && { signedInAs: holder.name }) }));
    })
    .post(express.urlencoded({ extended: false, limit: '8kb' }), async (request, response) => {
      const { secret, next } = parseForm(request);
      const login = parts.access.checkLogin(request);
      const holder = await holderOf(parts, secret);
      if (holder === undefined) {
        login.failed();
        response.status(401).set('WWW-Authenticate', 'Bearer realm="sommelier"');
        response.type('html').send(loginPage({ next: localPath(next), failed: true }));
        return;
      }
      response.cookie(SESSION_COOKIE, await parts.sessions.begin(holder), cookieOptions(request));
      response.redirect(303, localPath(next));
    })
    .all(onlyMethods('GET', 'HEAD', 'POST'));
  router
    .route('/logout')
    .post(async (request, response) => {
      const cookie = readCookie(request.headers, SESSION_COOKIE);
      response.clearCookie(SESSION_COOKIE, cookieOptions(request));
      if (cookie !== undefined) await parts.sessions.end(cookie);
      response.redirect(303, '/login');
    })
    .all(onlyMethods('POST'));
  return router;
}

function parseForm(request: Request) {
  const parsed = form.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const details = zodDetails(parsed.error);
  throw new SommelierError('invalid-request', `The login is not valid: ${describeDetails(details)}.`, {
    details,
  });
}

async function holderOf({ keys, admin }: LoginParts, secret: string): Promise<Principal | undefined> {
  if (admin?.passwordMatches(secret)) return admin.principal;
  const known = keys.find(secret);
  if (known !== undefined) return known;
  await keys.refreshForUnknown();
  return keys.find(secret);
}

async function sessionOf({ sessions }: LoginParts, request: Request): Promise<Principal | undefined> {
  const cookie = readCookie(request.headers, SESSION_COOKIE);
  return cookie === undefined ? undefined : sessions.find(cookie);
}

/** A path of this server, or the root: a login must not lead to another site. */
export function localPath(next: string): string {
  const base = 'http://local.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const { origin, pathname, search } = new URL(next, base);
  // A second slash would make it an address of another host to the browser.
  return origin === base && !pathname.startsWith('//') ? pathname + search : '/';
}

/**
 * Not for scripts, and not sent along from other sites. `Secure` when TLS ends here or in the proxy before us: who
 * claims so without it only keeps their own browser from sending the cookie.
 */
function cookieOptions(request: Request): CookieOptions {
  const secure = request.secure || request.get('X-Forwarded-Proto') === 'https';
  return { httpOnly: true, sameSite: 'strict', path: '/', maxAge: SESSION_SECONDS * 1_000, secure };
}
