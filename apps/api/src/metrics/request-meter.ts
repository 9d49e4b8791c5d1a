import { DurationHistogram, type Sample } from '@sommelier/platform';
import type { Request, RequestHandler } from 'express';
import { routeTemplate } from './route-template.ts';

/** Whose requests are counted under their own method; others are `OTHER`, so that nobody can make up series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
/** Nothing was sent, since whoever asked had gone: nginx's 499. */
const NOBODY_WAITED = 499;
const HOT_ROUTE = { method: 'GET', route: '/v1/users/{userId}/recommendations' };

/**
 * Counts requests by method, route and class of status, with their durations in seconds, for whoever scrapes. An answer
 * that streams is counted when it begins.
 */
export class RequestMeter {
  readonly #durations = new Map<string, { labels: Record<string, string>; durations: DurationHistogram }>();
  readonly #hot = this.#durationsOf({ ...HOT_ROUTE, status: '2xx' });

  /** A user's recommendations that were answered in front of the framework. */
  observeHot(seconds: number): void {
    this.#hot.observe(seconds);
  }

  observe(request: { method: string; route: string; status: number }, seconds: number): void {
    const method = METHODS.has(request.method) ? request.method : 'OTHER';
    const status = `${Math.floor(request.status / 100)}xx`;
    this.#durationsOf({ method, route: request.route, status }).observe(seconds);
  }

  /** The first handler of the application: notes each request when its answer has gone out, or nobody waits any more. */
  middleware(): RequestHandler {
    return (request, response, next) => {
      const startedMs = performance.now();
      response.once('close', () => {
        if (isStream(response.getHeader('Content-Type'))) return;
        const status = response.headersSent ? response.statusCode : NOBODY_WAITED;
        this.#note(request, status, performance.now() - startedMs);
      });
      next();
    };
  }

  /** A stream has begun. */
  observeStream(request: Request): void {
    this.#note(request, 200, 0);
  }

  samples(name: string): Sample[] {
    return [...this.#durations.values()].flatMap(({ labels, durations }) => durations.samples(name, labels));
  }

  #note(request: Request, status: number, elapsedMs: number): void {
    this.observe({ method: request.method, route: routeTemplate(request), status }, elapsedMs / 1_000);
  }

  #durationsOf(labels: { method: string; route: string; status: string }): DurationHistogram {
    const key = `${labels.method} ${labels.status} ${labels.route}`;
    const known = this.#durations.get(key);
    if (known !== undefined) return known.durations;
    const durations = new DurationHistogram();
    this.#durations.set(key, { labels, durations });
    return durations;
  }
}

function isStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/event-stream');
}
