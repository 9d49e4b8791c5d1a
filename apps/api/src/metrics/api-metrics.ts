import { createMetricsRegistry, registerSamples } from '@sommelier/platform';
import type { Registry } from 'prom-client';
import { AnswerMeter } from './answer-meter.ts';
import { type ReloadObserver, reloadMeter } from './reload-meter.ts';
import { RequestMeter } from './request-meter.ts';

/** What a replica counts while it works; what it is asked for at a scrape is added by `watchReplica` and `watchSystem`. */
export interface ApiMetrics {
  readonly registry: Registry;
  readonly requests: RequestMeter;
  readonly answers: AnswerMeter;
  readonly reloads: ReloadObserver;
}

/** @param revision commit of the running code */
export function createApiMetrics(revision: string): ApiMetrics {
  const registry = createMetricsRegistry(revision);
  const requests = new RequestMeter();
  const answers = new AnswerMeter();
  const durations = 'sommelier_http_request_duration_seconds';
  registerSamples(registry, {
    name: durations,
    type: 'histogram',
    help: 'Requests by method, route and class of status, from the first byte that was looked at to the last that was sent.',
    samples: () => requests.samples(durations),
  });
  const answered = 'sommelier_recommendation_answers_total';
  registerSamples(registry, {
    name: answered,
    type: 'counter',
    help: "Answers with a user's recommendations, by strategy and by whether they came from the cache or from the model.",
    samples: () => answers.samples(answered),
  });
  return { registry, requests, answers, reloads: reloadMeter(registry) };
}
