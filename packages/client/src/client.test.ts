import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SommelierApiError } from './api-error.ts';
import { type ClientOptions, SommelierClient } from './client.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Reply = (response: ServerResponse, seen: Seen) => void;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A server that gives these replies in turn, the last one ever after, and what it was asked. */
async function serve(...replies: Reply[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body });
    const reply = replies[Math.min(seen.length, replies.length) - 1];
    reply?.(response, seen.at(-1)!);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const ok =
  (body: unknown): Reply =>
  (response) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
const problem =
  (status: number, code: string, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response
      .writeHead(status, { 'Content-Type': 'application/problem+json', ...headers })
      .end(JSON.stringify({ type: `urn:x:${code}`, title: 'T', status, detail: `it is ${code}`, code }));
const breakOff: Reply = (response) => response.destroy();
const halfAnswer: Reply = (response) => {
  response.writeHead(200, { 'Content-Length': '100' });
  response.write('{"a":');
  setTimeout(() => response.destroy(), 5);
};
const silence: Reply = () => {};

const clientOf = (url: string, options: ClientOptions = {}) =>
  new SommelierClient(url, { retryBaseMs: 1, ...options });

async function failure(call: Promise<unknown>): Promise<SommelierApiError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SommelierApiError);
  return error as SommelierApiError;
}

describe('a call', () => {
  it('writes parameters into the address, lists between commas, and leaves out what is undefined', async () => {
    const { url, seen } = await serve(ok({ items: [] }));
    const client = clientOf(`${url}/shop/`);
    await client.recommendations('a/ü?', {
      n: 5,
      exclude: ['x', 'y&z'],
      excludeSeen: false,
      filter: undefined,
    });
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/shop/v1/users/a%2F%C3%BC%3F/recommendations?n=5&exclude=x,y%26z&excludeSeen=false',
    });
  });

  it('sends JSON and the headers of the client', async () => {
    const { url, seen } = await serve(ok({ stored: 1 }));
    const client = clientOf(url, { headers: { Authorization: 'Bearer key' } });
    expect(await client.writeItems([{ itemId: 'a', available: true }])).toEqual({ stored: 1 });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/v1/items',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
      body: '{"items":[{"itemId":"a","available":true}]}',
    });
  });

  it('sends its key, rather than another one among the headers', async () => {
    const { url, seen } = await serve(ok({ models: [] }));
    const headers = { authorization: 'Bearer other', ACCEPT: 'application/json;q=1', 'X-Shop': 'a' };
    await clientOf(url, { apiKey: 'smk_1', headers }).models();
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer smk_1',
      accept: 'application/json;q=1',
      'x-shop': 'a',
    });
  });

  it('writes and deletes a schedule, which is answered without a body', async () => {
    const { url, seen } = await serve(ok({ name: 'a/b' }), (response) => response.writeHead(204).end());
    const client = clientOf(url);
    expect(await client.putSchedule('a/b', { cron: '30 3 * * *' })).toEqual({ name: 'a/b' });
    expect(await client.deleteSchedule('a/b')).toBeUndefined();
    expect(seen).toMatchObject([
      { method: 'PUT', url: '/v1/schedules/a%2Fb', body: '{"cron":"30 3 * * *"}' },
      { method: 'DELETE', url: '/v1/schedules/a%2Fb', body: '' },
    ]);
  });

  it('does not take 204 for an answer that should say something', async () => {
    const { url } = await serve((response) => response.writeHead(204).end());
    expect(await failure(clientOf(url).schedules())).toMatchObject({ code: 'bad-answer', status: 204 });
  });

  it('rejects with code, status and problem document, and tries a refusal once', async () => {
    const { url, seen } = await serve(problem(400, 'invalid-request'));
    const error = await failure(clientOf(url).models());
    expect(error).toMatchObject({ code: 'invalid-request', status: 400, message: 'it is invalid-request' });
    expect(error.problem?.type).toBe('urn:x:invalid-request');
    expect(seen).toHaveLength(1);
  });

  it.each([
    [200, '<html>'],
    [502, 'Bad gateway'],
    [404, '"text"'],
    [404, 'null'],
  ])('rejects what is no answer of the API: status %d, %s', async (status, text) => {
    const { url } = await serve((response) => response.writeHead(status).end(text));
    expect(await failure(clientOf(url).models())).toMatchObject({
      code: 'bad-answer',
      status,
      problem: undefined,
    });
  });

  it('takes "not ready" for an answer, at once', async () => {
    const { url, seen } = await serve((response) => response.writeHead(503).end('{"status":"not-ready"}'));
    expect(await clientOf(url).readiness()).toEqual({ status: 'not-ready' });
    expect(seen).toHaveLength(1);
  });
});

describe('a retry', () => {
  it('follows a 503, also of a call that must not arrive twice', async () => {
    const { url, seen } = await serve(
      problem(503, 'overloaded'),
      problem(503, 'overloaded'),
      ok({ id: 'r' }),
    );
    expect(await clientOf(url).startTraining()).toEqual({ id: 'r' });
    expect(seen).toHaveLength(3);
  });

  it('ends with what was answered last', async () => {
    const { url, seen } = await serve(problem(503, 'overloaded'), problem(503, 'no-model'));
    expect(await failure(clientOf(url, { retries: 2 }).models())).toMatchObject({
      code: 'no-model',
      status: 503,
    });
    expect(seen).toHaveLength(3);
  });

  it.each([breakOff, halfAnswer])('follows a connection that breaks (%#)', async (broken) => {
    const { url, seen } = await serve(broken, ok({ models: [] }));
    expect(await clientOf(url).models()).toEqual({ models: [] });
    expect(seen).toHaveLength(2);
  });

  it('does not follow a broken connection where a second arrival would do more', async () => {
    const { url, seen } = await serve(breakOff, ok({ id: 'r' }));
    expect(await failure(clientOf(url).startTraining())).toMatchObject({ code: 'unreachable', status: 0 });
    expect(seen).toHaveLength(1);
  });

  it('sends the same events again, each with a name or a time', async () => {
    const { url, seen } = await serve(breakOff, problem(503, 'database-unavailable'), ok({ inserted: 3 }));
    const event = { userId: 'u', itemId: 'i', type: 'view' };
    const events = [event, { ...event, timestampMs: 5 }, { ...event, eventId: 'e' }];
    expect(await clientOf(url).sendEvents(events)).toEqual({ inserted: 3 });
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
    const [first, second, third] = (JSON.parse(seen[0]!.body) as { events: Record<string, unknown>[] })
      .events;
    expect(first).toEqual({ ...event, eventId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect([second, third]).toEqual([events[1], events[2]]);
    expect(event).not.toHaveProperty('eventId');
  });

  it('waits as long as the server asks for', async () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    try {
      let asked = 0;
      const fetch = async () => {
        const body = JSON.stringify({ code: 'overloaded', detail: 'later', models: [] });
        return new Response(body, ++asked === 1 ? { status: 503, headers: { 'Retry-After': '7' } } : {});
      };
      const answer = clientOf('http://127.0.0.1', { fetch }).models();
      await jest.advanceTimersByTimeAsync(6_999);
      expect(asked).toBe(1);
      await jest.advanceTimersByTimeAsync(2);
      await answer;
      expect(asked).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not wait longer than the client may', async () => {
    const { url, seen } = await serve(problem(503, 'overloaded', { 'Retry-After': '3600' }));
    expect(await failure(clientOf(url).models())).toMatchObject({ code: 'overloaded' });
    expect(seen).toHaveLength(1);
  });
});

describe('time and signals', () => {
  it('gives up a try that takes too long, and tries again', async () => {
    const { url, seen } = await serve(silence, ok({ models: [] }));
    expect(await clientOf(url, { timeoutMs: 300 }).models()).toEqual({ models: [] });
    expect(seen.length).toBeGreaterThan(1);
  });

  it('says so when every try takes too long, or nothing is there', async () => {
    const { url } = await serve(silence);
    const client = clientOf(url, { retries: 1 });
    expect(await failure(client.models({}, { timeoutMs: 20 }))).toMatchObject({ code: 'timeout', status: 0 });
    const gone = url;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    const error = await failure(clientOf(gone).models());
    expect(error).toMatchObject({ code: 'unreachable', status: 0 });
    expect(error.message).toMatch(/^GET http:\S+\/v1\/models cannot be reached: .*ECONNREFUSED.*\.$/);
  });

  it("ends with the reason of the caller's signal: before, during, and between tries", async () => {
    const reason = new Error('enough');
    const { url, seen } = await serve(silence, problem(503, 'overloaded'));
    const client = clientOf(url, { retryBaseMs: 60_000, retryMaxMs: 60_000 });
    await expect(client.models({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(seen).toHaveLength(0);
    for (const asked of [1, 2]) {
      const controller = new AbortController();
      const call = client.models({}, { signal: controller.signal });
      while (seen.length < asked) await new Promise((resolve) => setTimeout(resolve, 1));
      setTimeout(() => controller.abort(reason), 50);
      await expect(call).rejects.toBe(reason);
    }
    expect(seen).toHaveLength(2);
  });
});
