import { connect, type Socket } from 'node:net';
import { readAnswer, type WireAnswer } from './answer-reader.ts';
import type { FuzzRequest } from './fuzz-request.ts';

/** `closed`: the server ended the connection without an answer; `garbled`: what it sent is no HTTP. */
export type Outcome = WireAnswer | 'closed' | 'garbled' | 'timeout';

const TIMEOUT_MS = 30_000;

/** One connection at a time to a server, kept while both sides are content with it. */
export class WireConnection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  async send(request: FuzzRequest): Promise<Outcome> {
    const kept = this.#socket;
    const outcome = await this.#try(request);
    // The server may close a kept connection at any time; then it has not seen the request.
    if (outcome === 'closed' && kept !== undefined && request.wellFormed) return this.#try(request);
    return outcome;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #try(request: FuzzRequest): Promise<Outcome> {
    const socket = this.#socket ?? connect({ host: this.#host, port: this.#port, noDelay: true });
    this.#socket = socket;
    let received: Buffer = Buffer.alloc(0);
    return new Promise((resolve) => {
      const finish = (outcome: Outcome) => {
        clearTimeout(timer);
        socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('end');
        const reusable = typeof outcome !== 'string' && outcome.keepAlive && request.wellFormed;
        if (!reusable) this.close();
        resolve(outcome);
      };
      const look = (ended: boolean) => {
        try {
          const answer = readAnswer(received, request.method, ended);
          if (answer !== undefined) finish(answer);
          else if (ended) finish('closed');
        } catch {
          finish('garbled');
        }
      };
      const timer = setTimeout(() => finish('timeout'), TIMEOUT_MS);
      if (socket.listenerCount('error') === 0) socket.on('error', () => {});
      socket.on('data', (piece: Buffer) => {
        received = received.length === 0 ? piece : Buffer.concat([received, piece]);
        look(false);
      });
      socket.on('end', () => look(true));
      socket.on('close', () => look(true));
      if (request.truncated) socket.end(request.bytes);
      else socket.write(request.bytes);
    });
  }
}
