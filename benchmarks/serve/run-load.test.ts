import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Arrivals } from './arrivals.ts';
import type { LoadJob } from './load-job.ts';
import { LoadRun } from './run-load.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function job(urls: string[], more: Partial<LoadJob>): LoadJob {
  const paths = { before: '/', users: { first: 0, count: 1_000 }, after: '', queries: [] };
  return { urls, paths, connections: 4, mode: { kind: 'closed' }, seconds: 0.2, seed: 1, ...more };
}

test('a closed loop counts answers and errors by status, and gives each server its turn', async () => {
  const asked = [0, 0];
  const good = await serve((_request, response) => {
    asked[0]!++;
    response.end('{}');
  });
  const bad = await serve((_request, response) => {
    asked[1]!++;
    response.writeHead(503, { 'Content-Length': 0 }).end();
  });
  const result = await new LoadRun(job([good, bad], {})).run();
  expect(result.requests).toBe(asked[0]! + asked[1]!);
  expect(result.errors).toEqual({ 503: asked[1] });
  expect(asked.every((count) => count > 0)).toBe(true);
  expect(result.latencyMs?.p50).toBeGreaterThan(0);
});

test('a connection that breaks is an error, and the load goes on', async () => {
  let count = 0;
  const url = await serve((request, response) => {
    if (count++ % 3 === 0) request.socket.destroy();
    else response.end('{}');
  });
  const result = await new LoadRun(job([url], {})).run();
  expect(result.errors.socket).toBe(Math.ceil(count / 3));
  expect(result.requests).toBe(count);
});

test('a server that closes each connection is asked by new ones, as often as requests are due', async () => {
  const url = await serve((_request, response) => {
    response.setHeader('Connection', 'close').end('{}');
  });
  const load = job([url], { mode: { kind: 'open', rate: 400 } });
  const result = await new LoadRun(load).run();
  const arrivals = new Arrivals(400, load.seconds, load.seed);
  let due = 0;
  while (arrivals.takeDue(Infinity) !== undefined) due++;
  expect(result.errors).toEqual({});
  expect(result.requests).toBe(due);
});

test('waiting for a free connection counts as latency in an open loop', async () => {
  const serviceMs = 50;
  const url = await serve((_request, response) => {
    setTimeout(() => response.end('{}'), serviceMs);
  });
  // 1 connection answers 20 requests/s of the 100 that come: the last of about 20 waits for most of a second.
  const result = await new LoadRun(job([url], { connections: 1, mode: { kind: 'open', rate: 100 } })).run();
  expect(result.errors).toEqual({});
  const lastOfAll = (result.requests - 1) * serviceMs - 200;
  expect(result.latencyMs!.max).toBeGreaterThan(lastOfAll);
});

test('answers are compared, and a stopped load ends', async () => {
  const url = await serve((request, response) => {
    const userId = request.url!.slice(1);
    const items = [{ itemId: userId === 'u000000' ? 'b' : 'a' }];
    response.end(JSON.stringify({ userId, model: { version: 'v1' }, items }));
  });
  const paths = { before: '/', users: { first: 0, count: 2 }, after: '', queries: [] };
  const expected = { v1: { u000000: 'a', u000001: 'a' }, v2: { u000000: 'b', u000001: 'b' } };
  const run = new LoadRun(job([url], { paths, expected, seconds: 3_600, connections: 1 }));
  setTimeout(() => run.stop(), 100);
  const result = await run.run();
  expect(result.checked).toBe(result.requests);
  expect(result.faults).toEqual({ mixed: Math.ceil(result.requests / 2) });
});
