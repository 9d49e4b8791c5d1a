import { connect, type Socket } from 'node:net';
import { type PlainResponse, ResponseReader } from './response-reader.ts';

const TIMEOUT_MS = 15_000;
/** A connection that has been idle for longer is not used again: the server may be closing it. */
const MAX_IDLE_MS = 3_000;

export type Outcome = PlainResponse | 'socket' | 'timeout';

interface Connection {
  readonly socket: Socket;
  readonly reader: ResponseReader;
  idleSinceMs: number;
  done: ((outcome: Outcome) => void) | undefined;
  timer: NodeJS.Timeout | undefined;
  dropped: boolean;
}

/** Connections to one server, each with one request at a time. */
export class KeepAlivePool {
  readonly #host: string;
  readonly #port: number;
  readonly #authority: string;
  readonly #most: number;
  readonly #withBody: boolean;
  readonly #idle: Connection[] = [];
  #open = 0;

  constructor(url: string, most: number, withBody: boolean) {
    const { hostname, port, host } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
    this.#authority = host;
    this.#most = most;
    this.#withBody = withBody;
  }

  /** Whether a request could be sent now. */
  get free(): boolean {
    return this.#idle.length > 0 || this.#open < this.#most;
  }

  /** Sends a request; only when `free`. */
  get(path: string, done: (outcome: Outcome) => void): void {
    const connection = this.#take();
    connection.done = done;
    connection.timer = setTimeout(() => this.#end(connection, 'timeout'), TIMEOUT_MS);
    connection.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#authority}\r\n\r\n`, 'latin1');
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  #take(): Connection {
    const now = Date.now();
    for (;;) {
      // The one that was used last: the others may grow old and be dropped.
      const connection = this.#idle.pop();
      if (connection === undefined) return this.#connect();
      if (!connection.dropped && now - connection.idleSinceMs < MAX_IDLE_MS) return connection;
      this.#drop(connection);
    }
  }

  #connect(): Connection {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    const reader = new ResponseReader(this.#withBody);
    const connection: Connection = {
      socket,
      reader,
      idleSinceMs: 0,
      done: undefined,
      timer: undefined,
      dropped: false,
    };
    this.#open++;
    socket.on('data', (piece) => this.#read(connection, piece as Buffer));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#drop(connection);
      this.#end(connection, 'socket');
    });
    return connection;
  }

  #read(connection: Connection, piece: Buffer): void {
    try {
      const response = connection.reader.push(piece);
      if (response !== undefined) this.#end(connection, response);
    } catch {
      this.#end(connection, 'socket');
    }
  }

  #end(connection: Connection, outcome: Outcome): void {
    const { done, timer } = connection;
    if (done === undefined) return;
    clearTimeout(timer);
    connection.done = undefined;
    if (typeof outcome === 'string' || !outcome.keepAlive) this.#drop(connection);
    else {
      connection.idleSinceMs = Date.now();
      this.#idle.push(connection);
    }
    done(outcome);
  }

  /** Its place is free at once, and not only when the operating system has closed it. */
  #drop(connection: Connection): void {
    if (connection.dropped) return;
    connection.dropped = true;
    this.#open--;
    connection.socket.destroy();
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}
