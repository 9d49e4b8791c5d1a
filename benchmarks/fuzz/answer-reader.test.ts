import { describe, expect, it } from '@jest/globals';
import { readAnswer } from './answer-reader.ts';

const read = (text: string, method = 'GET', ended = false) => {
  const answer = readAnswer(Buffer.from(text, 'latin1'), method, ended);
  return answer && { ...answer, body: answer.body.toString('latin1') };
};
const OK = 'HTTP/1.1 200 OK\r\n';

describe('readAnswer', () => {
  it('waits until an answer is whole, byte by byte', () => {
    const text = `${OK}Content-Length: 3\r\n\r\nabc`;
    for (let length = 0; length < text.length; length++) expect(read(text.slice(0, length))).toBeUndefined();
    expect(read(text)).toEqual({ status: 200, keepAlive: true, body: 'abc' });
  });

  it('reads chunks, answers without a body, and those that end with the connection', () => {
    const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n`;
    expect(read(chunked)).toBeUndefined();
    expect(read(`${chunked}\r\n`)?.body).toBe('abc');
    expect(read(`${OK}Content-Length: 3\r\n\r\n`, 'HEAD')?.body).toBe('');
    expect(read('HTTP/1.1 204 No Content\r\n\r\n')?.status).toBe(204);
    expect(read('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')).toBeUndefined();
    expect(read('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'GET', true)).toMatchObject({
      status: 400,
      keepAlive: false,
    });
  });

  it('passes over an interim answer, and does not trust a connection with two answers', () => {
    const one = `${OK}Content-Length: 1\r\n\r\na`;
    expect(read(`HTTP/1.1 100 Continue\r\n\r\n${one}`)).toEqual({ status: 200, keepAlive: true, body: 'a' });
    expect(read(one + one)).toEqual({ status: 200, keepAlive: false, body: 'a' });
    expect(read(`${OK}Connection: close\r\nContent-Length: 1\r\n\r\na`)?.keepAlive).toBe(false);
  });

  it('refuses what is cut off, and what is no HTTP', () => {
    expect(() => read('HTTP/1.1 200', 'GET', true)).toThrow('cut off');
    expect(() => read(`${OK}Content-Length: 3\r\n\r\nab`, 'GET', true)).toThrow('cut off');
    expect(() => read('SSH-2.0\r\n\r\n')).toThrow('no HTTP');
    expect(read('', 'GET', true)).toBeUndefined();
  });
});
