import type { IncomingHttpHeaders } from 'node:http';
import { SommelierError } from '@sommelier/contracts';
import type { AdminLogin } from './admin-login.ts';
import { readCredentials } from './credentials.ts';
import type { KeyTable } from './key-table.ts';
import { mayDo, NOBODY, type Principal } from './principal.ts';
import { type Access, accessOf, alwaysNeedsLogin } from './route-access.ts';

/** As much of a request as decides whether it may be answered. */
export interface AccessRequest {
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Whose browser session came with it. */
  readonly session?: Principal | undefined;
}

export interface Granted {
  readonly granted: true;
  readonly principal: Principal;
  readonly access: Access;
}

export interface Refused {
  readonly granted: false;
  readonly error: SommelierError;
  /** Value of `WWW-Authenticate`. */
  readonly challenge?: string;
  /** A key was sent that is not known: it may be new. */
  readonly unknownKey: boolean;
}

export interface Authorizer {
  /** Decides from memory, without a wait: cheap enough for every request. */
  authorize(request: AccessRequest): Granted | Refused;
}

const BEARER_CHALLENGE = 'Bearer realm="sommelier"';
const BASIC_CHALLENGE = 'Basic realm="sommelier", charset="UTF-8"';
const SEND_A_KEY =
  'Send a key of the API as "Authorization: Bearer smk_..."; "sommelier keys create" makes one.';
const CLOSED =
  'The job board is closed: make an API key ("sommelier keys create"), or start the API with ADMIN_PASSWORD set.';

/** Decides who may do what, by the keys in memory and the administrator's login. */
export function createAuthorizer(keys: KeyTable, admin: AdminLogin | undefined): Authorizer {
  const identify = (request: AccessRequest): { principal?: Principal | undefined; shown: boolean } => {
    const credentials = readCredentials(request.headers.authorization);
    if (credentials.kind === 'token') return { principal: keys.find(credentials.token), shown: true };
    if (credentials.kind === 'login') {
      const { user, password } = credentials;
      // Browsers and simple clients know HTTP Basic only: a key may stand in the place of the password.
      const principal = admin?.matches(user, password) ? admin.principal : keys.find(password);
      return { principal, shown: true };
    }
    return { principal: request.session, shown: false };
  };
  return {
    authorize(request) {
      const access = accessOf(request.method, request.path);
      if (access === 'public') return { granted: true, principal: NOBODY, access };
      const { principal, shown } = identify(request);
      if (principal !== undefined) {
        return mayDo(principal, access) ? { granted: true, principal, access } : forbidden(access);
      }
      if (keys.state === 'unread') return unread(keys.lastError, shown);
      if (keys.state === 'locked') return unauthorized(SEND_A_KEY, BEARER_CHALLENGE, shown);
      if (!alwaysNeedsLogin(request.path)) return { granted: true, principal: NOBODY, access };
      if (admin === undefined) return refused(new SommelierError('forbidden', CLOSED), false);
      const login = 'The job board needs the login of ADMIN_USER and ADMIN_PASSWORD.';
      return unauthorized(login, BASIC_CHALLENGE, shown);
    },
  };
}

function refused(error: SommelierError, unknownKey: boolean): Refused {
  return { granted: false, error, unknownKey };
}

function unauthorized(message: string, challenge: string, unknownKey: boolean): Refused {
  return { ...refused(new SommelierError('unauthorized', message), unknownKey), challenge };
}

function forbidden(access: Access): Refused {
  const message = `This key may not do that: it needs the role "${access}".`;
  return refused(new SommelierError('forbidden', message), false);
}

function unread(cause: unknown, unknownKey: boolean): Refused {
  const message = 'The keys of the API could not be read from the database yet.';
  return refused(new SommelierError('database-unavailable', message, { cause }), unknownKey);
}
