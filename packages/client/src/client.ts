import type {
  ActivationRequest,
  ActiveModel,
  BatchAnswer,
  BatchRequest,
  Erasure,
  EventsAnswer,
  ItemListRequest,
  ItemsAnswer,
  ItemsRequestInput,
  ListRecommendations,
  MergeAnswer,
  ModelDetail,
  Models,
  QueueState,
  Readiness,
  Recommendations,
  RunEvent,
  ScheduleRequestInput,
  Schedules,
  ShownSchedule,
  SimilarItems,
  SubmittedRun,
  TrainingRun,
  TrainingRunRequest,
  TrainingRuns,
  VerificationRequest,
  WhyNot,
} from '@sommelier/contracts';
import { type FollowOptions, followRun } from './follow-run.ts';
import {
  queryText,
  type RecommendationQuery,
  type RunsQuery,
  type SentEvent,
  type SimilarItemsQuery,
  type WhyNotQuery,
} from './parameters.ts';
import { repeatableEvents } from './repeatable-events.ts';
import { type RetryOptions, retryPolicyOf } from './retries.ts';
import { type Call, send, type Transport } from './transport.ts';

export interface ClientOptions extends RetryOptions {
  /** Key of the API, sent with every call as `Authorization: Bearer`, also where `headers` has another. */
  readonly apiKey?: string | undefined;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Time of one try, until its answer has come whole. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** @defaultValue the global one */
  readonly fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  /** Ends the call, also while it waits for the next try; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

type Rest = Omit<Call, 'method' | 'path' | 'body' | 'signal' | 'timeoutMs'>;

/**
 * The HTTP API of sommelier, a method for each operation of its OpenAPI document. Every method rejects with a
 * `SommelierApiError` for what is not answered with success. A 503 is tried again, as is a connection that breaks where
 * the call may arrive twice: everything but `startTraining`, `verifyModel` and `activateModel`. The server checks what is sent; answers are not checked here.
 */
export class SommelierClient {
  readonly #transport: Transport;

  /** @param url address of the API, such as `http://127.0.0.1:8080`; a path before the API's own is kept */
  constructor(url: string | URL, options: ClientOptions = {}) {
    const { timeoutMs = 10_000, fetch = globalThis.fetch } = options;
    const address = new URL(url).href.replace(/\/+$/, '');
    const headers = headersOf(options);
    this.#transport = { url: address, headers, timeoutMs, policy: retryPolicyOf(options), fetch };
  }

  get url(): string {
    return this.#transport.url;
  }

  /** The top N of a user. */
  recommendations(
    userId: string,
    query?: RecommendationQuery,
    options?: CallOptions,
  ): Promise<Recommendations> {
    return this.#get(`/v1/users/${encodeURIComponent(userId)}/recommendations${queryText(query)}`, options);
  }

  /** The top N for a list of items: a session, a basket. */
  recommendationsForItems(request: ItemListRequest, options?: CallOptions): Promise<ListRecommendations> {
    return this.#post('/v1/recommendations', request, options);
  }

  /** The top N of many users, by one model. */
  recommendationsBatch(request: BatchRequest, options?: CallOptions): Promise<BatchAnswer> {
    return this.#post('/v1/recommendations/batch', request, options);
  }

  similarItems(itemId: string, query?: SimilarItemsQuery, options?: CallOptions): Promise<SimilarItems> {
    return this.#get(`/v1/items/${encodeURIComponent(itemId)}/similar${queryText(query)}`, options);
  }

  /** Why an item is not recommended to a user. */
  whyNot(userId: string, itemId: string, query?: WhyNotQuery, options?: CallOptions): Promise<WhyNot> {
    const path = `/v1/users/${encodeURIComponent(userId)}/why-not/${encodeURIComponent(itemId)}`;
    return this.#get(`${path}${queryText(query)}`, options);
  }

  /** Stores events. One with neither `eventId` nor `timestampMs` gets an `eventId`, so that no retry stores it twice. */
  sendEvents(events: readonly SentEvent[], options?: CallOptions): Promise<EventsAnswer> {
    return this.#post('/v1/events', { events: repeatableEvents(events) }, options);
  }

  /** Writes items, each as a whole. */
  writeItems(items: ItemsRequestInput['items'], options?: CallOptions): Promise<ItemsAnswer> {
    return this.#post('/v1/items', { items }, options);
  }

  /** Makes what `from` did what `userId` did. */
  mergeUser(userId: string, from: string, options?: CallOptions): Promise<MergeAnswer> {
    return this.#post(`/v1/users/${encodeURIComponent(userId)}/merge`, { from }, options);
  }

  /**
   * Deletes all that a user did, and has the user taken out of every model: `erasure` says how far that is. Sent again when
   * the connection breaks: the second erasure finds what the first has left, which may be nothing.
   */
  eraseUser(userId: string, options: CallOptions = {}): Promise<Erasure> {
    const path = `/v1/users/${encodeURIComponent(userId)}`;
    return this.#send({ method: 'DELETE', path, repeatable: true, ...options });
  }

  erasure(id: number, options?: CallOptions): Promise<Erasure> {
    return this.#get(`/v1/erasures/${id}`, options);
  }

  /** Is not sent again when the connection breaks: a run that has begun meanwhile would be followed by a second one. */
  startTraining(request: TrainingRunRequest = {}, options?: CallOptions): Promise<SubmittedRun> {
    return this.#post('/v1/training-runs', request, options, { repeatable: false });
  }

  trainingRuns(query?: RunsQuery, options?: CallOptions): Promise<TrainingRuns> {
    return this.#get(`/v1/training-runs${queryText(query)}`, options);
  }

  trainingRun(id: string, options?: CallOptions): Promise<TrainingRun> {
    return this.#get(`/v1/training-runs/${encodeURIComponent(id)}`, options);
  }

  /**
   * What happens to a run until it has ended, as it happens: the last event is `end`, with the whole run. Goes on where it
   * was when the connection breaks; `timeoutMs` does not count here.
   */
  followRun(id: string, options?: FollowOptions): AsyncGenerator<RunEvent, void, undefined> {
    return followRun(this.#transport, id, options);
  }

  /** How many training runs wait, and whether workers take them. */
  queue(options?: CallOptions): Promise<QueueState> {
    return this.#get('/v1/queue', options);
  }

  /** Workers take no further run; the one in work goes on. */
  pauseQueue(options?: CallOptions): Promise<QueueState> {
    return this.#post('/v1/queue/pause', undefined, options);
  }

  resumeQueue(options?: CallOptions): Promise<QueueState> {
    return this.#post('/v1/queue/resume', undefined, options);
  }

  schedules(options?: CallOptions): Promise<Schedules> {
    return this.#get('/v1/schedules', options);
  }

  schedule(name: string, options?: CallOptions): Promise<ShownSchedule> {
    return this.#get(`/v1/schedules/${encodeURIComponent(name)}`, options);
  }

  /** Writes a whole schedule, a new one or in the place of the one of that name. */
  putSchedule(
    name: string,
    request: ScheduleRequestInput,
    options: CallOptions = {},
  ): Promise<ShownSchedule> {
    const path = `/v1/schedules/${encodeURIComponent(name)}`;
    return this.#send({ method: 'PUT', path, body: request, repeatable: true, ...options });
  }

  /**
   * Deletes a schedule. When the connection breaks after it was deleted, the next try rejects with `schedule-not-found`.
   */
  deleteSchedule(name: string, options: CallOptions = {}): Promise<void> {
    const path = `/v1/schedules/${encodeURIComponent(name)}`;
    return this.#send({ method: 'DELETE', path, repeatable: true, withoutBody: true, ...options });
  }

  models(query?: { limit?: number }, options?: CallOptions): Promise<Models> {
    return this.#get(`/v1/models${queryText(query)}`, options);
  }

  model(version: string, options?: CallOptions): Promise<ModelDetail> {
    return this.#get(`/v1/models/${encodeURIComponent(version)}`, options);
  }

  /** Cancels a run that waits, trains or is about to publish. */
  cancelTraining(id: string, options: CallOptions = {}): Promise<TrainingRun> {
    const path = `/v1/training-runs/${encodeURIComponent(id)}`;
    return this.#send({ method: 'DELETE', path, repeatable: true, ...options });
  }

  /** Rolls back or forward. Is not sent again when the connection breaks, since each activation counts. */
  activateModel(
    version: string,
    request: Partial<ActivationRequest> = {},
    options?: CallOptions,
  ): Promise<ActiveModel> {
    const path = `/v1/models/${encodeURIComponent(version)}/activate`;
    return this.#post(path, request, options, { repeatable: false });
  }

  /** Starts a run that trains a version again. Is not sent again when the connection breaks, as `startTraining` is not. */
  verifyModel(
    version: string,
    request: VerificationRequest = {},
    options?: CallOptions,
  ): Promise<SubmittedRun> {
    const path = `/v1/models/${encodeURIComponent(version)}/verify`;
    return this.#post(path, request, options, { repeatable: false });
  }

  /** Keeps a model's files, whatever its age. */
  pinModel(version: string, options?: CallOptions): Promise<ModelDetail> {
    return this.#post(`/v1/models/${encodeURIComponent(version)}/pin`, undefined, options);
  }

  unpinModel(version: string, options?: CallOptions): Promise<ModelDetail> {
    return this.#post(`/v1/models/${encodeURIComponent(version)}/unpin`, undefined, options);
  }

  health(options?: CallOptions): Promise<{ status: 'ok' }> {
    return this.#get('/healthz', options);
  }

  /** Whether the replica is ready and why not; that it is not ready is an answer, too. */
  readiness(options?: CallOptions): Promise<Readiness> {
    return this.#get('/readyz', options, { repeatable: true, answers: [503] });
  }

  /** What Prometheus scrapes, in its text format. */
  metrics(options?: CallOptions): Promise<string> {
    return this.#get('/metrics', options, { repeatable: true, asText: true });
  }

  #get<T>(path: string, options: CallOptions = {}, rest: Rest = { repeatable: true }): Promise<T> {
    return this.#send({ method: 'GET', path, ...options, ...rest });
  }

  #post<T>(
    path: string,
    body: unknown,
    options: CallOptions = {},
    rest: Rest = { repeatable: true },
  ): Promise<T> {
    return this.#send({ method: 'POST', path, body, ...options, ...rest });
  }

  async #send<T>(call: Call): Promise<T> {
    return (await send(this.#transport, call)) as T;
  }
}

/** By their names in small letters, so that none is sent twice. */
function headersOf({ headers = {}, apiKey }: ClientOptions): Readonly<Record<string, string>> {
  const all = new Headers(headers);
  if (apiKey !== undefined) all.set('Authorization', `Bearer ${apiKey}`);
  return Object.fromEntries(all);
}
