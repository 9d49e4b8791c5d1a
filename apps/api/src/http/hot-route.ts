import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Strategy } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';
import type { AnswerSource } from '../metrics/answer-meter.ts';
import type { ApiMetrics } from '../metrics/api-metrics.ts';
import type { AccessControl } from '../security/access-control.ts';
import { rateHeaders } from '../security/rate-headers.ts';
import type { RateState } from '../security/rate-limits.ts';
import type { AnswerCache } from '../serving/answers/answer-cache.ts';
import type { RecommendationAnswer } from '../serving/answers/recommendations.ts';
import { givenRequestId } from './access-log.ts';
import { fixedHeaders } from './security-headers.ts';

const PATH = /^\/v1\/users\/([^/?]+)\/recommendations(?:\?|$)/;

export interface HotRouteParts {
  /** Answers the query of an address for the user that its path names. */
  readonly recommend: (userId: string, url: string) => Promise<RecommendationAnswer>;
  readonly answers: AnswerCache;
  readonly access: Pick<AccessControl, 'grant'>;
  readonly metrics: Pick<ApiMetrics, 'requests' | 'answers'>;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
}

/**
 * Answers what is asked for most, a user's recommendations, in front of the framework, whose way through middleware and
 * routes takes several times as long as the answer: from the cache, or from the model. Everything else goes on to `next`,
 * and so does what goes wrong, for `next` to say so: {@link failureOf} tells it what it was. The same headers, and the
 * same line in the log; counted here, since nobody else sees it.
 */
export function hotRoute(parts: HotRouteParts, next: RequestListener): RequestListener {
  const { recommend, answers, access, metrics, logger, isStopping } = parts;
  const headers = fixedHeaders();

  const send = (request: IncomingMessage, response: ServerResponse, answer: HotAnswer): void => {
    const id = givenRequestId(request) ?? randomUUID();
    const { seenFrom, body, rate } = answer;
    response.writeHead(200, [
      ...headers,
      ...['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body.length)],
      ...['Sommelier-Seen-From', seenFrom, 'X-Request-Id', id],
      ...(rate === undefined ? [] : rateHeaders(rate)),
    ]);
    response.end(body);
    const elapsedMs = performance.now() - answer.startedMs;
    metrics.requests.observeHot(elapsedMs / 1_000);
    metrics.answers.count(answer.source, answer.strategy);
    const responseTime = Math.round(elapsedMs);
    const req = { id, method: request.method, url: request.url };
    logger.info({ req, res: { statusCode: 200 }, responseTime }, 'request completed');
  };

  const compute = async (
    request: IncomingMessage,
    response: ServerResponse,
    { userId, startedMs, rate }: { userId: string; startedMs: number; rate: RateState | undefined },
  ): Promise<void> => {
    try {
      const { url = '' } = request;
      const { body: content, seenFrom, basis } = await recommend(userId, url);
      const body = Buffer.from(JSON.stringify(content));
      const { strategy } = content;
      if (basis !== undefined) answers.keep(url, { basis, seenFrom, strategy, body });
      send(request, response, { source: 'model', strategy, body, seenFrom, startedMs, rate });
    } catch (error) {
      failures.set(request, error);
      next(request, response);
    }
  };

  return (request, response) => {
    const { method, url = '' } = request;
    const userId = method === 'GET' && !isStopping() ? userOf(url) : undefined;
    if (userId === undefined) return next(request, response);
    const startedMs = performance.now();
    const granted = access.grant(request);
    if (granted === undefined) return next(request, response);
    const { rate } = granted;
    const answer = answers.find(url);
    if (answer === undefined) void compute(request, response, { userId, startedMs, rate });
    else send(request, response, { ...answer, source: 'cache', startedMs, rate });
  };
}

interface HotAnswer {
  readonly source: AnswerSource;
  readonly strategy: Strategy;
  readonly body: Buffer;
  readonly seenFrom: string;
  readonly startedMs: number;
  readonly rate: RateState | undefined;
}

const failures = new WeakMap<IncomingMessage, unknown>();

/** What went wrong with a request in front of the framework; undefined for one that was not tried there. */
export function failureOf(request: IncomingMessage): unknown {
  return failures.get(request);
}

/** The user id of an address that is answered here; what cannot be decoded is for the framework to refuse. */
function userOf(url: string): string | undefined {
  const encoded = PATH.exec(url)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
