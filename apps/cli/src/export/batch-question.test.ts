import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { BatchAnswer } from '@sommelier/contracts';
import { batchQuestion } from './batch-question.ts';

const ANSWER: BatchAnswer = {
  model: { version: 'v', generation: 1 },
  results: [{ userId: 'u', strategy: 'popular', items: [{ rank: 1, itemId: 'i', score: 2 }] }],
};
const problem = (status: number, code: string) => ({
  type: `urn:sommelier:error:${code}`,
  title: 'x',
  status,
  detail: 'why it refuses',
  code,
  instance: 'request',
});

let server: Server;
let url: string;
/** What is answered, one after the other, the last one for ever. */
let replies: { status: number; body: unknown }[];
let asked: unknown[];
let keys: (string | undefined)[];

beforeEach(async () => {
  asked = [];
  keys = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push([request.method, request.url, JSON.parse(body)]);
      keys.push(request.headers.authorization);
      const reply = replies[Math.min(asked.length, replies.length) - 1]!;
      response.writeHead(reply.status, { 'Content-Type': 'application/json' });
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  delete process.env.API_KEY;
});

const ask = () => batchQuestion(`${url}/`, { retryBaseMs: 1 })({ userIds: ['u'], n: 3 });

it('asks again while the API is overloaded, and gives its answer', async () => {
  const busy = { status: 503, body: problem(503, 'overloaded') };
  replies = [busy, { status: 503, body: 'a gateway of somebody else' }, { status: 200, body: ANSWER }];
  expect(await ask()).toEqual(ANSWER);
  expect(asked).toEqual(Array(3).fill(['POST', '/v1/recommendations/batch', { userIds: ['u'], n: 3 }]));
});

it('sends the key of the environment, when there is one', async () => {
  replies = [{ status: 200, body: ANSWER }];
  await ask();
  process.env.API_KEY = 'k'.repeat(40);
  await ask();
  expect(keys).toEqual([undefined, `Bearer ${'k'.repeat(40)}`]);
});

it('gives up after eight times, with what the API said last', async () => {
  replies = [{ status: 503, body: problem(503, 'no-model') }];
  await expect(ask()).rejects.toMatchObject({
    code: 'no-model',
    message: expect.stringContaining('refuses'),
  });
  expect(asked).toHaveLength(8);
});

it('does not repeat what is refused, nor takes what is no answer', async () => {
  replies = [{ status: 400, body: problem(400, 'invalid-request') }];
  await expect(ask()).rejects.toMatchObject({ code: 'invalid-request' });
  replies = [{ status: 200, body: { hello: 'world' } }];
  await expect(ask()).rejects.toMatchObject({ code: 'bad-answer', message: expect.stringContaining(url) });
  replies = [{ status: 502, body: '<html>' }];
  await expect(ask()).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('502'),
  });
  expect(asked).toHaveLength(3);
});

it('says where nobody answers', async () => {
  const nowhere = batchQuestion('http://127.0.0.1:9', { retryBaseMs: 1 });
  await expect(nowhere({ userIds: ['u'] })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('http://127.0.0.1:9/v1/recommendations/batch cannot be reached: '),
  });
});
