import type { Random } from './random.ts';

const LONG = 40_000;

/** Bytes that are sent to the server's port and are no proper HTTP request. */
export function malformedRequest(random: Random, host: string): Buffer {
  const hostLine = `Host: ${host}\r\n`;
  const json = 'Content-Type: application/json\r\n';
  const choices: readonly (() => string | Buffer)[] = [
    () => '\r\n\r\n\r\n',
    () => 'GET\r\n\r\n',
    () => 'GET / HTTP/9.9\r\n\r\n',
    () => 'GET /healthz\r\n\r\n',
    () => 'get /healthz HTTP/1.1\r\n\r\n',
    () => 'HELLO /healthz HTTP/1.1\r\n\r\n',
    () => `GET  /healthz HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET /health z HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET /v1/users/\u00e9\u00ff/recommendations HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET http://${host}/healthz HTTP/1.1\r\n${hostLine}\r\n`,
    () => `OPTIONS * HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET * HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET ? HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET # HTTP/1.1\r\n${hostLine}\r\n`,
    () => `CONNECT ${host} HTTP/1.1\r\n${hostLine}\r\n`,
    () => 'GET /healthz HTTP/1.1\r\n\r\n',
    () => `GET /healthz HTTP/1.1\r\n${hostLine}${hostLine}\r\n`,
    () => 'GET /healthz HTTP/1.1\r\nHost: \r\n\r\n',
    () => 'GET /v1/nothing HTTP/1.1\r\nHost: a b<c>\r\n\r\n',
    () => `GET /healthz HTTP/1.0\r\n\r\n`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}No-Colon\r\n\r\n`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}: empty\r\n\r\n`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}X: a\r\n b\r\n\r\n`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}X: a\0b\r\n\r\n`,
    () => `GET /healthz HTTP/1.1\n${hostLine}\n`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}X: ${'x'.repeat(LONG)}\r\n\r\n`,
    () => `GET /healthz?${'x'.repeat(LONG)} HTTP/1.1\r\n${hostLine}\r\n`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}${'A: b\r\n'.repeat(5_000)}\r\n`,
    () => `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Content-Length: -1\r\n\r\n{}`,
    () => `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Content-Length: 1e3\r\n\r\n{}`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Content-Length: 99999999999999999999\r\n\r\n{}`,
    () => `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Content-Length: 500\r\n\r\n{"items":`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Transfer-Encoding: chunked\r\n\r\n2;ext="\r\n{}\r\n0\r\n\r\n`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Transfer-Encoding: chunked\r\n\r\nfffffff\r\n{}`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    () => `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Transfer-Encoding: nonsense\r\n\r\n`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
    () =>
      `POST /v1/recommendations HTTP/1.1\r\n${hostLine}${json}Expect: 200-nothing\r\nContent-Length: 2\r\n\r\n{}`,
    () => `GET /healthz HTTP/1.1\r\n${hostLine}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    () =>
      `GET /healthz HTTP/1.1\r\n${hostLine}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n`,
    () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    () => Buffer.from('16030100a5010000a1030368656c6c6f', 'hex'),
    () => `GET /healthz HTTP/1.1\r\n${hostLine}\r\n`.repeat(50),
    () => `GET /healthz HTTP/1.1\r\n${hostLine}`,
    () => Buffer.from(Array.from({ length: random.whole(1, 300) }, () => random.whole(0, 255))),
  ];
  const chosen = random.pick(choices)();
  const bytes = typeof chosen === 'string' ? Buffer.from(chosen, 'latin1') : chosen;
  if (!random.chance(0.3)) return bytes;
  const flips = random.whole(1, 4);
  const copy = Buffer.from(bytes);
  for (let k = 0; k < flips; k++) copy[random.whole(0, copy.length - 1)] = random.whole(0, 255);
  return copy;
}
