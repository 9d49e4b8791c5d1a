import type { RunEvent } from '@sommelier/contracts';
import { SommelierApiError } from './api-error.ts';
import { serverSentEvents } from './event-stream.ts';
import { pause } from './retries.ts';
import { errorOf, reasonOf, type Transport } from './transport.ts';

export interface FollowOptions {
  /** Ends the following; the iteration then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long nothing may be heard from the server before the iteration rejects. @defaultValue 120000 */
  readonly patienceMs?: number;
}

/** The server gives a sign of life every 15 seconds: without one for this long the connection is taken for dead. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 5_000;
const DEFAULT_PATIENCE_MS = 120_000;
/** What may pass by itself: too many streams, too many requests, a gateway that has lost its server. */
const PASSING = new Set([0, 429, 502, 503, 504]);

/**
 * What happens to a run until it has ended, each event once, however often the connection breaks or the server is started
 * again meanwhile.
 * @throws SommelierApiError for what does not pass (`run-not-found`, ...), or does not in `patienceMs`
 */
export async function* followRun(
  transport: Transport,
  id: string,
  { signal, patienceMs = DEFAULT_PATIENCE_MS }: FollowOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const path = `/v1/training-runs/${encodeURIComponent(id)}/stream`;
  let lastEventId: string | undefined;
  let heardAtMs = performance.now();
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    const heard = (): void => {
      heardAtMs = performance.now();
      waitMs = FIRST_WAIT_MS;
    };
    try {
      for await (const event of streamOnce(transport, path, { signal, lastEventId, heard })) {
        lastEventId = event.id ?? lastEventId;
        const runEvent = JSON.parse(event.data) as RunEvent;
        yield runEvent;
        // What the reader took its time for says nothing of the server.
        heardAtMs = performance.now();
        if (runEvent.type === 'end') return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      const isPassing = error instanceof SommelierApiError && PASSING.has(error.status);
      if (!isPassing || performance.now() - heardAtMs > patienceMs) throw error;
    }
    await pause(waitMs * (0.5 + transport.policy.random() / 2), signal);
    waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
  }
}

/** One connection, until it ends or breaks. */
async function* streamOnce(
  transport: Transport,
  path: string,
  stream: { signal: AbortSignal | undefined; lastEventId: string | undefined; heard: () => void },
) {
  const { signal, lastEventId, heard } = stream;
  const silent = new AbortController();
  const ended = signal === undefined ? silent.signal : AbortSignal.any([signal, silent.signal]);
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  const where = `GET ${transport.url}${path}`;
  const headers = {
    accept: 'text/event-stream, application/problem+json',
    ...transport.headers,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  try {
    const { fetch } = transport;
    const response = await fetch(`${transport.url}${path}`, { headers, signal: ended });
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
    if (!response.ok || !isStream || response.body === null) {
      throw errorOf(where, response.status, await response.text());
    }
    yield* serverSentEvents(response.body, () => {
      heard();
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
    });
  } catch (error) {
    if (error instanceof SommelierApiError || signal?.aborted === true) throw error;
    throw new SommelierApiError('unreachable', `${where} broke off: ${reasonOf(error)}.`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
