/** An HTTP/1.1 answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly keepAlive: boolean;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';

/**
 * Reads one answer from what has come so far; undefined when it is not whole yet. Interim answers (1xx) are passed over.
 * @param method of the request: an answer to HEAD has no body
 * @param ended whether the server has closed the connection
 * @throws Error for what is no HTTP answer
 */
export function readAnswer(received: Buffer, method: string, ended: boolean): WireAnswer | undefined {
  const end = received.indexOf(HEAD_END);
  if (end < 0) {
    if (ended && received.length > 0) throw new Error('the head of the answer is cut off');
    return undefined;
  }
  const head = received.toString('latin1', 0, end);
  const rest = received.subarray(end + HEAD_END.length);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error('this is no HTTP answer');
  // 101 is final: the connection then speaks something else.
  if (status >= 100 && status < 200 && status !== 101) return readAnswer(rest, method, ended);
  const keepAlive = !/\r\nconnection: *close/i.test(head) && !ended;
  const answer = (body: Buffer, reusable = keepAlive): WireAnswer => ({ status, keepAlive: reusable, body });
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return answer(Buffer.alloc(0));
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const body = readChunks(rest);
    return body && answer(body);
  }
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) return ended ? answer(rest, false) : undefined;
  if (rest.length < Number(length)) {
    if (ended) throw new Error('the body of the answer is cut off');
    return undefined;
  }
  // What follows belongs to another answer: this connection is not to be trusted with the next request.
  return answer(rest.subarray(0, Number(length)), keepAlive && rest.length === Number(length));
}

function readChunks(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let place = 0; ; ) {
    const line = bytes.indexOf('\r\n', place);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', place, line), 16);
    if (Number.isNaN(size)) throw new Error('a chunk has no size');
    const start = line + 2;
    if (bytes.length < start + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(start, start + size));
    place = start + size + 2;
  }
}
