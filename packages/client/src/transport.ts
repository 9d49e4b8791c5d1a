import type { Problem } from '@sommelier/contracts';
import { SommelierApiError } from './api-error.ts';
import { pause, type RetryPolicy, retryAfterMs, waitBefore } from './retries.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From the slash on, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /**
   * Whether the call may be sent again when it is not known if it arrived: a connection that broke, a time that ran out.
   * After a 503 every call is sent again.
   */
  readonly repeatable: boolean;
  /** Statuses that are answers of this call, besides 2xx. */
  readonly answers?: readonly number[];
  /** Whether success is text, not JSON. */
  readonly asText?: boolean;
  /** Whether success is 204, without anything in it. */
  readonly withoutBody?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface Transport {
  /** Address of the API without a slash at its end. */
  readonly url: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly policy: RetryPolicy;
  readonly fetch: typeof globalThis.fetch;
}

type Outcome =
  | { readonly answer: unknown }
  | { readonly error: SommelierApiError; readonly retryAfterMs?: number };

/**
 * Sends a call, again and again as far as that is safe and the policy allows.
 * @throws SommelierApiError; the reason of the caller's signal when that ends the call
 */
export async function send(transport: Transport, call: Call): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(transport, call);
    if ('answer' in outcome) return outcome.answer;
    const { error } = outcome;
    const mayRepeat = error.status === 503 || (error.status === 0 && call.repeatable);
    const waitMs = mayRepeat ? waitBefore(transport.policy, attempt, outcome.retryAfterMs) : undefined;
    if (waitMs === undefined) throw error;
    await pause(waitMs, call.signal);
  }
}

async function tryOnce(transport: Transport, call: Call): Promise<Outcome> {
  call.signal?.throwIfAborted();
  const timeoutMs = call.timeoutMs ?? transport.timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
  try {
    const { fetch } = transport;
    const response = await fetch(`${transport.url}${call.path}`, { ...requestOf(transport, call), signal });
    // Inside the time limit: an answer may stop halfway.
    return outcomeOf(transport, call, response, await response.text());
  } catch (error) {
    call.signal?.throwIfAborted();
    const where = whereOf(transport, call);
    if (timeout.aborted) {
      return {
        error: new SommelierApiError('timeout', `${where}: no answer within ${timeoutMs} ms.`, {
          cause: error,
        }),
      };
    }
    const message = `${where} cannot be reached: ${reasonOf(error)}.`;
    return { error: new SommelierApiError('unreachable', message, { cause: error }) };
  }
}

function whereOf({ url }: Transport, { method, path }: Call): string {
  return `${method} ${url}${path}`;
}

/** Why there was no connection: what `fetch` throws says only that there was none, and has the reason as its cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}

function requestOf({ headers }: Transport, { method, body }: Call): RequestInit {
  if (body === undefined) return { method, headers: { accept: 'application/json', ...headers } };
  const ours = { accept: 'application/json', 'content-type': 'application/json' };
  return { method, headers: { ...ours, ...headers }, body: JSON.stringify(body) };
}

function outcomeOf(transport: Transport, call: Call, response: Response, text: string): Outcome {
  const { status } = response;
  if (status === 204 && call.withoutBody === true) return { answer: undefined };
  if (response.ok && call.asText === true) return { answer: text };
  const value = jsonOf(text);
  if (value !== undefined && (response.ok || call.answers?.includes(status) === true))
    return { answer: value };
  const wait = retryAfterMs(response.headers.get('Retry-After'), Date.now());
  return { error: errorOf(whereOf(transport, call), status, text), retryAfterMs: wait };
}

/** What an answer that is no success means. `where`: the request, for people. */
export function errorOf(where: string, status: number, text: string): SommelierApiError {
  const value = jsonOf(text);
  if (isProblem(value)) return new SommelierApiError(value.code, value.detail, { status, problem: value });
  const message = `${where}: status ${status} without the JSON that this API answers with.`;
  return new SommelierApiError('bad-answer', message, { status });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { code, detail } = value as Partial<Problem>;
  return typeof code === 'string' && typeof detail === 'string';
}
