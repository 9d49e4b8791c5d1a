/** An answer as far as a load generator looks at it. */
export interface PlainResponse {
  readonly status: number;
  /** Whether the server keeps the connection. */
  readonly keepAlive: boolean;
  /** Empty unless the reader was asked for bodies. */
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 65_536;

/**
 * Reads HTTP/1.1 answers with a Content-Length from the pieces in which they arrive: little work a request, so that the
 * generator leaves the processors to the server.
 */
export class ResponseReader {
  readonly #withBody: boolean;
  #head = '';
  #status = 0;
  #keepAlive = true;
  /** Bytes of the body that are still to come; undefined while the head is read. */
  #missing: number | undefined;
  #parts: Buffer[] = [];

  constructor(withBody: boolean) {
    this.#withBody = withBody;
  }

  /** Undefined until the answer is complete. @throws Error for what is not such an answer */
  push(piece: Buffer): PlainResponse | undefined {
    let rest = piece;
    if (this.#missing === undefined) {
      const before = this.#head.length;
      this.#head += piece.toString('latin1');
      const end = this.#head.indexOf(HEAD_END);
      if (end < 0) {
        if (this.#head.length > MAX_HEAD_BYTES) throw new Error('the head of an answer is too long');
        return undefined;
      }
      this.#readHead(this.#head.slice(0, end));
      rest = piece.subarray(end + HEAD_END.length - before);
    }
    if (rest.length > this.#missing!) throw new Error('more bytes than the answer has');
    this.#missing! -= rest.length;
    if (this.#withBody) this.#parts.push(rest);
    return this.#missing === 0 ? this.#finish() : undefined;
  }

  #readHead(head: string): void {
    const match = /^HTTP\/1\.([01]) (\d{3})/.exec(head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (match === null) throw new Error('this is no HTTP answer');
    if (length === null) throw new Error('an answer without Content-Length is not supported');
    this.#status = Number(match[2]);
    const connection = /\r\nconnection: *([a-z-]+)/i.exec(head)?.[1]?.toLowerCase();
    this.#keepAlive = match[1] === '1' ? connection !== 'close' : connection === 'keep-alive';
    this.#missing = Number(length[1]);
  }

  #finish(): PlainResponse {
    const body = this.#withBody ? Buffer.concat(this.#parts).toString('utf8') : '';
    const response = { status: this.#status, keepAlive: this.#keepAlive, body };
    this.#head = '';
    this.#missing = undefined;
    this.#parts = [];
    return response;
  }
}
