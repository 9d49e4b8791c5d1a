import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PlainResponse, ResponseReader } from './response-reader.ts';

const BODY = '{"name":"Bücher"}';

function bytesOf(head: string, body = BODY): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(`HTTP/1.1 ${head}\r\nContent-Length: ${length}\r\nX-Other: 1\r\n\r\n${body}`);
}

test('an answer is read from pieces of any size, one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const reader = new ResponseReader(true);
      for (const status of [200, 503]) {
        const bytes = bytesOf(`${status} Whatever`);
        const complete: PlainResponse[] = [];
        for (let at = 0, k = 0; at < bytes.length; k++) {
          const end = at + sizes[k % sizes.length]!;
          const response = reader.push(bytes.subarray(at, end));
          if (response !== undefined) complete.push(response);
          at = end;
        }
        expect(complete).toEqual([{ status, keepAlive: true, body: BODY }]);
      }
    }),
  );
});

test('a reader that is not asked for bodies counts their bytes only', () => {
  expect(new ResponseReader(false).push(bytesOf('200 OK'))?.body).toBe('');
  expect(new ResponseReader(false).push(bytesOf('204 No Content', ''))?.status).toBe(204);
});

test('whether the connection stays is as the server says', () => {
  const keeps = (text: string) => new ResponseReader(false).push(Buffer.from(text))?.keepAlive;
  expect(keeps('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')).toBe(false);
  expect(keeps('HTTP/1.1 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n')).toBe(true);
  expect(keeps('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n')).toBe(false);
});

test('what is no answer of known length is refused', () => {
  const push = (text: string) => new ResponseReader(true).push(Buffer.from(text));
  expect(() => push('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')).toThrow('Content-Length');
  expect(() => push('SSH-2.0\r\n\r\n')).toThrow('no HTTP answer');
  expect(() => push('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab')).toThrow('more bytes');
  expect(() => push('x'.repeat(70_000))).toThrow('too long');
});
