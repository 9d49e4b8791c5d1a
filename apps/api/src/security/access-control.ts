import type { IncomingMessage } from 'node:http';
import { SommelierError } from '@sommelier/contracts';
import type { Authorizer, Granted, Refused } from './authorize.ts';
import { callerAddress } from './caller-address.ts';
import { readCookie } from './credentials.ts';
import type { KeyTable } from './key-table.ts';
import { NOBODY, type Principal } from './principal.ts';
import type { LimitClass, RateLimits, RateState } from './rate-limits.ts';
import { type Access, accessOf } from './route-access.ts';
import { SESSION_COOKIE, type Sessions } from './sessions.ts';

/** Whether a request is answered, and where its sender stands with their limit. */
export type Decision = (Granted | Refused) & { readonly rate?: RateState | undefined };

/**
 * The one gate in front of every address: who sends a request, whether they may, and whether it is too much. A request
 * is counted once, however often it is asked about.
 */
export class AccessControl {
  readonly #authorizer: Authorizer;
  readonly #keys: Pick<KeyTable, 'refreshForUnknown'>;
  readonly #limits: RateLimits;
  readonly #sessions: Pick<Sessions, 'find'>;
  readonly #granted = new WeakMap<IncomingMessage, Decision & Granted>();

  constructor(parts: {
    authorizer: Authorizer;
    keys: Pick<KeyTable, 'refreshForUnknown'>;
    limits: RateLimits;
    sessions: Pick<Sessions, 'find'>;
  }) {
    this.#authorizer = parts.authorizer;
    this.#keys = parts.keys;
    this.#limits = parts.limits;
    this.#sessions = parts.sessions;
  }

  /**
   * Decides at once from memory. Undefined = not granted so: `admit` says why, or finds what memory does not know (a
   * new key, a browser's session).
   */
  grant(request: IncomingMessage): (Decision & Granted) | undefined {
    const decision = this.#decide(request, undefined);
    return decision.granted ? decision : undefined;
  }

  /** Decides for good. @throws SommelierError `queue-unavailable` for a session while Redis is away */
  async admit(request: IncomingMessage): Promise<Decision> {
    const caller = callerAddress(request.socket.remoteAddress);
    // Before a password is compared: that one can be guessed.
    if (isBasic(request) && this.#limits.isExhausted('refused', caller)) return this.#refuse(caller);
    let decision = this.#decide(request, await this.#session(request));
    if (!decision.granted && decision.unknownKey) {
      await this.#keys.refreshForUnknown();
      decision = this.#decide(request, undefined);
    }
    if (decision.granted || decision.error.code !== 'unauthorized') return decision;
    return this.#refuse(caller, decision);
  }

  /** Counts a login that failed. @throws SommelierError `rate-limited` before it is looked at, when there were too many */
  checkLogin(request: IncomingMessage): { failed(): void } {
    const caller = callerAddress(request.socket.remoteAddress);
    if (this.#limits.isExhausted('refused', caller)) throw tooMany();
    return { failed: () => void this.#limits.take('refused', caller) };
  }

  #decide(request: IncomingMessage, session: Principal | undefined): Decision {
    const known = this.#granted.get(request);
    if (known !== undefined) return known;
    const { method = '', headers } = request;
    const decision = this.#authorizer.authorize({ method, path: pathOf(request), headers, session });
    if (!decision.granted || decision.principal === NOBODY) return decision;
    const rate = this.#limits.take(classOf(decision.access), decision.principal.id);
    if (rate?.allowed === false) return { granted: false, error: tooMany(), unknownKey: false, rate };
    const counted = { ...decision, rate };
    this.#granted.set(request, counted);
    return counted;
  }

  #refuse(caller: string, decision?: Refused): Decision {
    const rate = this.#limits.take('refused', caller);
    if (decision !== undefined && rate?.allowed !== false) return { ...decision, rate };
    return { granted: false, error: tooMany(), unknownKey: false, rate };
  }

  async #session(request: IncomingMessage): Promise<Principal | undefined> {
    if (request.headers.authorization !== undefined) return undefined;
    if (accessOf(request.method ?? '', pathOf(request)) === 'public') return undefined;
    const cookie = readCookie(request.headers, SESSION_COOKIE);
    if (cookie === undefined) return undefined;
    const known = await this.#sessions.find(cookie);
    if (known !== undefined) return known;
    // It may belong to a key that another replica has met already.
    await this.#keys.refreshForUnknown();
    return this.#sessions.find(cookie);
  }
}

/** The path of a request as it was sent; in the form of a whole address (RFC 9112) only its path counts. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/';
}

function isBasic(request: IncomingMessage): boolean {
  return /^basic /i.test(request.headers.authorization ?? '');
}

function classOf(access: Access): LimitClass {
  return access === 'recommend' || access === 'ingest' ? access : 'operate';
}

function tooMany(): SommelierError {
  return new SommelierError(
    'rate-limited',
    'This was more than one key, or one address without a key, may ask for in a minute.',
  );
}
