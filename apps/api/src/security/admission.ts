import { SommelierError } from '@sommelier/contracts';
import type { RequestHandler, Response } from 'express';
import { sendProblem } from '../http/problem-response.ts';
import { loginPage } from '../pages/login-page.ts';
import type { AccessControl } from './access-control.ts';
import { readCookie } from './credentials.ts';
import { rateHeaders } from './rate-headers.ts';
import type { RateState } from './rate-limits.ts';
import { isForeign } from './same-site.ts';
import { SESSION_COOKIE } from './sessions.ts';

/** Refuses what a page of another site sends, which would use the login that the browser keeps. */
export const refuseForeign: RequestHandler = (request, _response, next) => {
  const hasSession = readCookie(request.headers, SESSION_COOKIE) !== undefined;
  if (isForeign(request.method, request.headers, hasSession)) {
    throw new SommelierError('forbidden', 'A page of another site may not send this request.');
  }
  next();
};

/** Lets through what may be answered; a browser that has to log in gets a page to do so. */
export function admission(access: AccessControl): RequestHandler {
  return async (request, response, next) => {
    const decision = await access.admit(request);
    if (decision.rate !== undefined) setRate(response, decision.rate);
    if (decision.granted) return next();
    if (decision.challenge === undefined) throw decision.error;
    response.set('WWW-Authenticate', decision.challenge);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const wantsPage = isRead && request.accepts(['json', 'html']) === 'html';
    if (!wantsPage || decision.challenge.startsWith('Basic')) {
      return sendProblem(request, response, decision.error);
    }
    response.status(401).set('Cache-Control', 'no-store');
    response.type('html').send(loginPage({ next: request.originalUrl }));
  };
}

function setRate(response: Response, rate: RateState): void {
  const headers = rateHeaders(rate);
  for (let i = 0; i < headers.length; i += 2) response.set(headers[i] ?? '', headers[i + 1]);
  if (!rate.allowed) response.set('Retry-After', String(Math.max(1, rate.secondsLeft)));
}
