import type { ServerResponse } from 'node:http';
import { hasEnded, SommelierError, type TrainingRun } from '@sommelier/contracts';
import { eventId, isNews } from './event-position.ts';
import { eventsBetween } from './run-events.ts';
import type { RunWatcher } from './run-watcher.ts';

export interface StreamLimits {
  /** Streams that may be open at the same time. */
  readonly maxStreams: number;
  /** Between two signs of life, shorter than proxies' patience. */
  readonly heartbeatMs: number;
  /** A stream ends after this long; whoever still follows comes again, and is let in again or not. */
  readonly maxStreamMs: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  maxStreams: 100,
  heartbeatMs: 15_000,
  maxStreamMs: 900_000,
};

/** When a reader comes back whose stream has broken, ms. */
const RETRY_MS = 1_000;
/** Of what a reader has not taken yet: one that takes nothing is left. */
const MAX_PENDING_BYTES = 1_000_000;

/** The open streams of a replica: the life of a run as server-sent events. */
export class RunStreams {
  readonly #watcher: RunWatcher;
  readonly #limits: StreamLimits;
  readonly #open = new Set<ServerResponse>();
  #closed = false;

  constructor(watcher: RunWatcher, limits: StreamLimits = DEFAULT_STREAM_LIMITS) {
    this.#watcher = watcher;
    this.#limits = limits;
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * Sends what happens to a run until it has ended, the reader goes, or the stream has become old.
   * @param lastEventId the last event that the reader has, of this or another replica
   * @throws SommelierError `overloaded` when too many streams are open; then nothing was sent
   */
  send(run: TrainingRun, response: ServerResponse, lastEventId: string | undefined): void {
    if (this.#closed || this.#open.size >= this.#limits.maxStreams) {
      const message = `${this.#open.size} runs are followed here already, the most there may be; try again later.`;
      throw new SommelierError('overloaded', message);
    }
    this.#open.add(response);
    begin(response);
    const { heartbeatMs, maxStreamMs } = this.#limits;
    const heartbeat = setInterval(() => write(response, ':\n\n'), heartbeatMs);
    const end = setTimeout(() => response.end(), maxStreamMs);
    let before: TrainingRun | undefined;
    const unwatch = this.#watcher.watch(run.id, (now) => {
      for (const event of eventsBetween(before, now)) {
        // Only the first look can bring what the reader has: it comes back to a run that went on, or did not.
        if (before === undefined && !isNews(now, event.type, lastEventId)) continue;
        const id = eventId(now, event.type);
        write(response, `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      before = now;
      if (hasEnded(now.status)) response.end();
    });
    response.once('close', () => {
      clearInterval(heartbeat);
      clearTimeout(end);
      unwatch();
      this.#open.delete(response);
    });
  }

  /** Ends all streams, so that their readers go to another replica. */
  close(): void {
    this.#closed = true;
    for (const response of this.#open) response.end();
  }
}

function begin(response: ServerResponse): void {
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  // Asks proxies of nginx's kind to hand each event on as it comes.
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n\n`);
}

function write(response: ServerResponse, text: string): void {
  if (response.writableLength > MAX_PENDING_BYTES) response.destroy();
  else if (!response.writableEnded) response.write(text);
}
